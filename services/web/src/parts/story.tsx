import type { LiveText, StoryEvent, StoryState } from "../../client/src/index.ts";
import { hasEnded } from "../../client/src/index.ts";
import { counted, duration, STEP } from "../words.ts";
import { Actions } from "./actions.tsx";
import { Alert } from "./fault.tsx";
import { Progress } from "./progress.tsx";
import { StoryText } from "./text.tsx";

interface Props {
  readonly story: StoryState;
  readonly events: readonly StoryEvent[];
  readonly live: LiveText | null;
  /** It is shown as it was: nothing can be done with it, and nothing ticks. */
  readonly past?: boolean;
  /** The token of the link by which the reader came. */
  readonly share?: string | undefined;
}

/** The story as it stands: how far it is, why it failed, what can be done with it, and its text. */
export function StoryBody({ story, events, live, past = false, share }: Props) {
  return (
    <>
      {story.status === "complete" ? <Facts story={story} /> : <Progress story={story} events={events} past={past} />}
      {story.failure !== null && <Failure failure={story.failure} />}
      {!past && <Actions story={story} share={share} />}
      <Text story={story} live={live} past={past} />
    </>
  );
}

function Text({ story, live, past }: Omit<Props, "events">) {
  if (story.generatedContent !== null) return <StoryText text={story.generatedContent} writing={false} />;
  if (hasEnded(story)) return null;
  if (past) return <p class="quiet">What had been written by then is kept only once the story is finished.</p>;
  if (live !== null && live.text !== "") return <StoryText text={live.text} writing />;
  return (
    <div class="empty-text" aria-hidden="true">
      <span />
      <span />
      <span />
    </div>
  );
}

function Failure({ failure }: { failure: NonNullable<StoryState["failure"]> }) {
  return (
    <Alert>
      <strong>{failure.error}</strong>
      <p>
        It failed while {STEP[failure.step].toLowerCase()}.{" "}
        {failure.retryable ? "Trying again may well succeed." : "Trying again is unlikely to help with the same text."}
      </p>
    </Alert>
  );
}

function Facts({ story }: { story: StoryState }) {
  return (
    <ul class="facts" aria-label="About this story">
      <li>{counted(story.generatedWordCount ?? 0, "word")}</li>
      <li>written in {duration(story.processingTime ?? 0)}</li>
      <li>attempt {story.attempt}</li>
      {story.model && <li>{story.model}</li>}
    </ul>
  );
}
