/** The bridge's functions by which a run is measured, and what they measured, for the analysis. */
import { isFloat } from "../dtype.ts";
import { addendsOf, isQuiet } from "../measure/addends.ts";
import { extentOf } from "../measure/extent.ts";
import { Measuring } from "../measure/measuring.ts";
import { Recorder } from "../measure/recorder.ts";
import { statsOf } from "../measure/stats.ts";
import { Taken } from "../measure/taken.ts";
import type { Session } from "../session.ts";
import type { Handles } from "./handles.ts";

/** In place of a gradient's handle: measured.py has the number, too. */
const ITS_OWN = -2;

export function measurers(s: Session, handles: Handles, guarded: <T>(bad: T, body: () => T) => T) {
  const measuring = new Measuring(s.backend);
  const recorder = new Recorder(s, measuring);
  const taken = new Taken(measuring);

  return {
    recorder,
    taken,
    layerBegin: (
      module: number,
      type: string,
      functional: number,
      site: number,
      input: number,
    ): number => recorder.begin(module, type, functional === 1, site, handles.optional(input)),
    /** `output`: a tensor of any dtype; below 0: none. */
    layerEnd: (id: number, output: number): void => {
      const x = handles.optional(output);
      recorder.end(id, x && isFloat(x.dtype) ? x : null);
    },
    /** Of all that was computed so far. */
    flops: (): number => s.made.flops,
    /** Gradients so far that may be differentiated again. */
    graphs: (): number => s.made.graphs,
    /** JSON of the Crossings that measured walks went through since the last call. */
    crossings: (): string => JSON.stringify(recorder.crossings.taken()),
    /** Measuring of layers. 1: on; 0: at its end; −1: paused, with all that it waits for kept. */
    recording: (flag: number): void => {
      recorder.isOn = flag === 1;
      if (flag === 1) measuring.forget();
      if (flag === 0) recorder.finish();
    },
    /** JSON of the terms that a loss is a sum of, each with a handle of a tensor that stands for it, without values. */
    addends: (h: number): string =>
      guarded("!", () => {
        const loss = handles.get(h);
        const isLayer = (id: number): boolean => recorder.calls[id]?.isLeaf ?? false;
        const terms = addendsOf(loss, isLayer).map(({ node, index, ...told }) => {
          const { shape, dtype } = node.outs[index]!;
          const term = s.backend.meta(shape, dtype);
          term.setNode(node, index);
          return { ...told, h: handles.add(term) };
        });
        return JSON.stringify({ terms, isQuiet: isQuiet(loss) });
      }),
    /** JSON of the Extent of the pass that made a tensor. */
    extent: (h: number): string =>
      guarded("!", () => {
        const x = handles.get(h);
        s.refreshView(x);
        return JSON.stringify(x.node ? extentOf(x.node) : null);
      }),
    /** JSON of Stats. */
    stats: (h: number): string =>
      guarded("!", () => JSON.stringify(statsOf(s.backend, handles.get(h)))),
    /** Waits for measurements that other threads make. */
    settle: (): void => {
      measuring.settle();
    },
    /** Of a parameter and its gradient (−1: none, −2: its own, if it has one). → the index in Taken. */
    take: (h: number, grad: number): number =>
      guarded(-1, () => {
        const x = handles.get(h);
        s.refreshView(x);
        return taken.take(s.backend, x, grad === ITS_OWN ? x.grad : handles.optional(grad));
      }),
  };
}
