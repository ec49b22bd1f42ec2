import type { JSX } from "preact";

import type { Background as Facts } from "../protocol.ts";
import type { Actions } from "./actions.ts";

/** What stands behind the numbers: replaced data in the open, choices and packages behind a heading. */
export function Background(props: {
  readonly facts: Facts;
  readonly actions: Actions;
}): JSX.Element | null {
  const { choices, replaced, packages } = props.facts;
  if (choices.length + replaced.length + packages.length === 0) return null;
  return (
    <section class="background" aria-label="What was run">
      {replaced.length > 0 && <Replaced {...props} />}
      {choices.length > 0 && (
        <details>
          <summary>Chosen by Chainrule: {choices.length}</summary>
          <dl>
            {choices.map(({ what, value, why }) => (
              <div key={what}>
                <dt>
                  <span class="what">{what}</span> <code>{value}</code>
                </dt>
                <dd>{why}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      {packages.length > 0 && (
        <details>
          <summary>Packages: {packages.length}</summary>
          <ul>
            {packages.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Replaced(props: { readonly facts: Facts; readonly actions: Actions }): JSX.Element {
  return (
    <>
      <h2>Replaced</h2>
      <ul>
        {props.facts.replaced.map(({ what, by, place }, i) => (
          <li key={`${what} ${String(i)}`}>
            <span class="what">{what}</span> by {by}
            {place !== null && (
              <>
                {" "}
                <button
                  class="link place"
                  aria-label={`${what}: go to ${place}`}
                  onClick={() => {
                    props.actions.revealReplaced(String(i));
                  }}
                >
                  {place}
                </button>
              </>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
