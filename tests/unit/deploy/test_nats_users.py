from contracts.permissions import USERS
from deploy.nats_users import authorization, template


def test_a_password_is_a_text_whatever_it_begins_with() -> None:
    assert 'user: "store", password: "1e3"' in authorization(dict.fromkeys(USERS, "1e3"))


def test_what_is_printed_for_a_nats_of_ones_own_has_variables_in_place_of_passwords() -> None:
    printed = template()
    for user in USERS:
        assert f'user: "{user}", password: $NATS_PASSWORD_{user.upper()}\n' in printed
