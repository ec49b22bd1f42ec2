import { Component } from "preact";
import type { ComponentClass, JSX } from "preact";

/** The component, drawn anew only when one of its properties is another. */
export function memo<P extends object>(draw: (props: P) => JSX.Element): ComponentClass<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const keys = Object.keys(next) as (keyof P)[];
      return keys.some((key) => next[key] !== this.props[key]);
    }

    override render(): JSX.Element {
      return draw(this.props);
    }
  };
}
