/** The bridge's functions by which a further run is watched. */
import { AbsorberWatch } from "../measure/absorbers.ts";
import { CutWatch } from "../measure/cuts.ts";
import { OriginWatch } from "../measure/origin.ts";
import type { Session } from "../session.ts";
import type { Handles } from "./handles.ts";

export function watchers(s: Session, handles: Handles) {
  let watching: OriginWatch | CutWatch | AbsorberWatch | null = null;

  return {
    /** A further run is watched until `unwatch`: for where it ceases to be finite, where values leave the tape, or what absorbs gradients. */
    watch: (kind: "origin" | "cuts" | "absorbers", inLayers: number): void => {
      s.inParts = true;
      if (kind === "origin") watching = new OriginWatch(s);
      else watching = kind === "cuts" ? new CutWatch(s, inLayers === 1) : new AbsorberWatch(s);
    },
    /** A tensor's values went on without their history. */
    detached: (h: number, site: number): void => {
      if (watching instanceof CutWatch) watching.detached(handles.get(h), site);
    },
    /** A tensor's values were read as numbers. */
    readAsNumbers: (h: number, site: number): void => {
      if (watching instanceof CutWatch) watching.read(handles.get(h), site);
    },
    /** JSON of what the watch tells of a leaf: a Cut, or Absorbers. */
    watched: (h: number): string =>
      JSON.stringify(
        watching instanceof OriginWatch ? null : (watching?.of(handles.get(h)) ?? null),
      ),
    /** JSON of Origins, or null of another watch. */
    unwatch: (): string => {
      const found = watching?.close() ?? null;
      watching = null;
      s.inParts = false;
      return JSON.stringify(found);
    },
  };
}
