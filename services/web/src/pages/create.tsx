import { useEffect, useState } from "preact/hooks";

import { awaited, type Awaited } from "../memory.ts";
import { CreateForm, type Faults } from "../parts/create_form.tsx";
import { Making } from "../parts/making.tsx";
import { storyPath } from "../route.ts";

/** Hand in a text, and wait for its story. */
export function CreatePage() {
  const [waiting, setWaiting] = useState<Awaited | null>(awaited.read());
  const [faults, setFaults] = useState<Faults>({});
  const [finished, setFinished] = useState<Awaited | null>(null);
  useLeaving();

  const wait = (story: Awaited | null) => {
    awaited.write(story);
    setWaiting(story);
  };
  if (waiting !== null) {
    const again = (why: Faults = {}) => {
      setFaults(why);
      wait(null);
    };
    const seen = () => {
      setFinished(waiting);
      again();
    };
    return <Making awaited={waiting} again={again} seen={seen} />;
  }
  return (
    <>
      {finished !== null && (
        <p class="past" role="status">
          “{finished.title}” is finished.
          <a href={storyPath(finished.storyId)}>Read it</a>
        </p>
      )}
      <CreateForm
        faults={faults}
        accepted={(storyId, title) => {
          setFaults({});
          setFinished(null);
          wait({ storyId, title, progress: 0 });
        }}
      />
    </>
  );
}

/** Who goes to another page is not fetched back to the story when it is finished. A refresh is no leaving. */
function useLeaving(): void {
  useEffect(
    () => () => {
      const story = awaited.read();
      if (story !== null) awaited.write({ ...story, left: true });
    },
    [],
  );
}
