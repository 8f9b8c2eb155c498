import { useTitle } from "../title.ts";

export function NotFoundPage({ what }: { what: string }) {
  useTitle("Not found");
  return (
    <>
      <h1 tabIndex={-1}>Not found</h1>
      <p>{what}</p>
      <p>
        <a href="/stories">Your stories</a> or <a href="/">a new one</a>?
      </p>
    </>
  );
}
