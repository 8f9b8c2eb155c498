"""`python -m services.web`"""

import asyncio
import sys

from pydantic import ValidationError

from services.common.without import without

with without("python_multipart", "rich"):
    from services.common.complaint import last_words
    from services.common.web_server import PortTaken
    from services.web.app import run
    from services.web.built import NotBuilt
    from services.web.settings import WebSettings

if __name__ == "__main__":
    try:
        asyncio.run(run(WebSettings()))
    except (PortTaken, NotBuilt, ValidationError) as error:
        sys.exit(last_words("web", error))
