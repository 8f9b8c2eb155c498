import type { ComponentChildren } from "preact";

/** Something went wrong, said at once to those who listen, too. */
export function Alert({ children, id }: { children: ComponentChildren; id?: string }) {
  return (
    <div class="alert" role="alert" id={id}>
      {children}
    </div>
  );
}
