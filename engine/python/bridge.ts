import { parseDType } from "../dtype.ts";
import {
  EngineError,
  OverwrittenError,
  TorchError,
  UnsupportedError,
  MetaError,
} from "../errors.ts";
import { elementAt, fill, fillAt, type PythonNumber } from "../fill.ts";
import type { Attrs } from "../op.ts";
import type { Generator } from "../random.ts";
import type { Session } from "../session.ts";
import type { Node, SavingHooks } from "../tape.ts";
import { Tensor } from "../tensor.ts";
import { Handles } from "./handles.ts";
import { chances } from "./draws.ts";
import { measurers } from "./measurers.ts";
import { ints, makers, packNumbers, pythonNumber } from "./making.ts";
import { watchers } from "./watching.ts";

/**
 * Python's side of hooks and of `autograd.Function`: (kind, identity, handles) → handles; "!" where it raised. Handles pass into the
 * receiver's care, both ways.
 */
export type Callback = (
  kind: "hook" | "function" | "pack" | "unpack" | "free",
  id: number,
  handles: string,
) => string;

const PYTHON_TYPES: Readonly<Record<string, string>> = {
  memory: "MemoryError",
  time: "OutOfTime",
  callback: "callback",
};

const pythonType = (e: unknown): string => {
  if (e instanceof TorchError) return e.pythonType;
  if (e instanceof UnsupportedError) return "UnsupportedError";
  if (e instanceof MetaError) return "MetaError";
  if (e instanceof EngineError) return PYTHON_TYPES[e.code] ?? "RuntimeError";
  return "InternalError";
};

/**
 * The functions that Python sees as `_chainrule`. Arguments and results are numbers and strings; tensors are handles. Nothing
 * throws across: a function that fails returns −1 (or "!") and `error()` tells the Python type and the message.
 */
export function createBridge(s: Session, generator: Generator) {
  const handles = new Handles();
  /** Nodes of the user's functions whose backward runs. */
  const running = new Map<number, Node>();
  const { recorder, taken, ...measuring } = measurers(s, handles, guarded);
  let failure = "";
  let overwritten: readonly number[] = [];
  let callback: Callback = () => "!";

  function guarded<T>(bad: T, body: () => T): T {
    let result = bad;
    try {
      s.backend.scoped(() => {
        result = body();
        return null;
      });
      return result;
    } catch (e) {
      overwritten = e instanceof OverwrittenError ? e.sites : [];
      failure = `${pythonType(e)}\n${e instanceof Error ? e.message : String(e)}`;
      if (pythonType(e) === "InternalError" && e instanceof Error) failure += `\n${e.stack ?? ""}`;
      return bad;
    }
  }
  /** Calls of ops by their numbers: what stays the same from call to call crosses the border once. */
  const forms: { readonly name: string; readonly kinds: string; readonly attrs: Attrs }[] = [];
  /** "t": the tensor of a handle; a Python number's kind: a scalar; else absent. */
  function operand(kind: string, value: number): Tensor | null {
    if (kind === "t") return handles.get(value);
    const number = pythonNumber(kind, value);
    return number && s.scalar(number.value, number.kind);
  }
  /** "12,,7": handles, absent ones empty; "-": none. */
  const tensors = (csv: string): (Tensor | null)[] =>
    csv === "-" ? [] : csv.split(",").map((t) => (t === "" ? null : handles.get(Number(t))));
  const call = (kind: "hook" | "function" | "pack" | "unpack", id: number, csv: string): string => {
    const answer = callback(kind, id, csv);
    if (answer === "!") throw new EngineError("callback", "raised in Python");
    return answer;
  };
  /** A handle that Python gave away. */
  const take = (h: string): Tensor => {
    const x = s.backend.own(handles.get(Number(h)).retain());
    handles.release(Number(h));
    return x;
  };
  const hook = (id: number, ct: Tensor): Tensor | null => {
    const answer = call("hook", id, String(handles.add(ct)));
    return answer === "" ? null : take(answer);
  };
  /** Saved tensors through the user's hook `id`; Python keeps what it packs. */
  const savingHooks = (id: number): SavingHooks => ({
    pack: (x) => Number(call("pack", id, String(handles.add(x)))),
    unpack: (packed) => {
      const h = Number(call("unpack", packed, ""));
      const x = handles.get(h);
      const own = new Tensor(x.storage, x.dtype, x.shape, x.strides, x.offset);
      handles.release(h);
      return own;
    },
    free: (packed) => void callback("free", packed, ""),
  });

  return {
    error: (): string => failure,
    /** Identities of the user's places that overwrote what the last failure found overwritten. */
    overwrittenAt: (): string => overwritten.join(","),
    setCallback: (f: Callback): void => {
      callback = f;
    },
    release: (h: number): void => {
      handles.release(h);
    },
    /** A second handle of the same tensor, to be given away. */
    dup: (h: number): number => handles.add(handles.get(h)),

    /** From now on `form` means an op or composite of the table, on operands of such kinds, with these attributes. */
    form: (form: number, name: string, kinds: string, attrs: string): void => {
      forms[form] = { name, kinds, attrs: JSON.parse(attrs) as Attrs };
    },
    /** Runs it on these handles and numbers. */
    op: (form: number, site: number, ...values: number[]): number =>
      guarded(-1, () => {
        s.site = site;
        const { name, kinds, attrs } = forms[form]!;
        const inputs: (Tensor | null)[] = [];
        for (let i = 0; i < kinds.length; i++) inputs.push(operand(kinds[i]!, values[i]!));
        return handles.add(s.call(name, inputs, attrs));
      }),
    /** dst ← an operand, the end of every in-place op; `isResult`: see Session.assign. */
    assign: (dst: number, kind: string, value: number, site: number, isResult: boolean): number =>
      guarded(-1, () => {
        s.site = site;
        const [to, number] = [handles.get(dst), pythonNumber(kind, value)];
        if (!number || !fill(s, to, number)) s.assign(to, operand(kind, value)!, isResult);
        return 0;
      }),

    /** The dtype, then the sizes. */
    sizes: (h: number): string =>
      guarded("!", () => {
        const x = handles.get(h);
        return [x.dtype, ...x.shape].join(",");
      }),
    /** Bits: 1 requiresGrad, 2 isLeaf, 4 isMeta. */
    flags: (h: number): number =>
      guarded(-1, () => {
        const x = handles.get(h);
        s.refreshView(x);
        return (x.requiresGrad ? 1 : 0) + (x.node ? 0 : 2) + (x.isMeta ? 4 : 0);
      }),
    /** `dtype|shape|strides|offset|requiresGrad|isLeaf|isMeta|gradName|version`. */
    info: (h: number): string =>
      guarded("!", () => {
        const x = handles.get(h);
        s.refreshView(x);
        return [
          x.dtype,
          x.shape.join(","),
          x.strides.join(","),
          x.offset,
          x.requiresGrad ? 1 : 0,
          x.node ? 0 : 1,
          x.isMeta ? 1 : 0,
          x.node?.gradName ?? "",
          x.storage?.version ?? 0,
        ].join("|");
      }),
    /** Whether two handles are of one tensor. */
    same: (a: number, b: number): boolean => handles.get(a) === handles.get(b),
    /** Numbers that half tensors met and do not hold, as JSON; they are forgotten then. */
    misfits: (): string => {
      const found = [...s.misfits.values()];
      s.misfits.clear();
      return JSON.stringify(found);
    },
    /** Identity of the user's place that made it; −1: none. */
    madeAt: (h: number): number => handles.get(h).node?.site ?? -1,
    /** Identity of the storage, for `data_ptr()` and `is_set_to`; −1 for meta. */
    storage: (h: number): number => {
      const { storage } = handles.get(h);
      if (storage) storage.isNamed = true;
      return storage?.ptr ?? -1;
    },
    ...makers(s, handles, guarded),
    toPacked: (h: number): string =>
      guarded("!", () => packNumbers(s.backend.read(handles.get(h)))),
    /** The single element; a NaN is an error where `error()` is not empty. */
    item: (h: number): number =>
      guarded(NaN, () => {
        failure = "";
        return s.backend.read(handles.get(h))[0] ?? NaN;
      }),

    /** The element at an index of whole numbers; undefined: by way of views, which also say what is wrong. */
    at: (h: number, ...index: number[]): number | undefined =>
      guarded(undefined, () => elementAt(s, handles.get(h), index)),
    /** The same element ← a number; 0: by way of views. */
    setAt: (h: number, value: number, kind: PythonNumber["kind"], ...index: number[]): number =>
      guarded(0, () => (fillAt(s, handles.get(h), index, { value, kind }) ? 1 : 0)),

    /** From now on ops fail after so many seconds; no limit where negative. */
    limitTime: (seconds: number): void => {
      s.end = seconds < 0 ? Infinity : s.now() + 1000 * seconds;
    },
    requiresGrad: (h: number, flag: number): void => {
      handles.get(h).requiresGradLeaf = flag === 1;
    },
    /** Same elements, off the tape. */
    detach: (h: number): number =>
      guarded(-1, () => {
        const x = handles.get(h);
        return handles.add(s.backend.alias(x, x.shape, x.strides, x.offset));
      }),
    /** x.data = y: x takes y's elements, keeps its identity. */
    setData: (h: number, from: number): number =>
      guarded(-1, () => {
        const x = handles.get(h);
        const y = handles.get(from);
        y.storage?.retain();
        x.storage?.release();
        x.storage = y.storage;
        [x.shape, x.strides, x.offset, x.dtype] = [y.shape, y.strides, y.offset, y.dtype];
        return 0;
      }),
    /** The tensor leaves the tape (`detach_`). */
    detachInPlace: (h: number): void => {
      handles.get(h).setNode(null);
      handles.get(h).requiresGradLeaf = false;
    },
    grad: (h: number): number =>
      guarded(-1, () => (handles.get(h).grad ? handles.add(handles.get(h).grad!) : -1)),
    setGrad: (h: number, g: number): void => {
      const x = handles.get(h);
      const next = handles.optional(g)?.retain() ?? null;
      x.grad?.release();
      x.grad = next;
    },
    retainGrad: (h: number): void => {
      const x = handles.get(h);
      if (!x.node || x.retainsGrad) return;
      x.retainsGrad = true;
      x.node.retained.push({ index: x.outIndex, tensor: x });
    },
    hook: (h: number, id: number): void => {
      const x = handles.get(h);
      s.refreshView(x);
      if (x.node) x.node.hooks.push({ index: x.outIndex, id });
      else x.hooks.push(id);
    },
    afterHook: (h: number, id: number): void => {
      handles.get(h).afterHooks.push(id);
    },
    removeHook: (h: number, id: number): void => {
      const x = handles.get(h);
      x.hooks = x.hooks.filter((i) => i !== id);
      x.afterHooks = x.afterHooks.filter((i) => i !== id);
      const at = x.node?.hooks.findIndex((i) => i.id === id) ?? -1;
      if (at >= 0) x.node!.hooks.splice(at, 1);
    },
    gradMode: (flag: number): number => {
      const before = s.gradMode ? 1 : 0;
      if (flag >= 0) s.gradMode = flag === 1;
      return before;
    },
    metaMode: (flag: number): number => {
      const before = s.metaMode ? 1 : 0;
      if (flag >= 0) s.metaMode = flag === 1;
      return before;
    },
    defaultFloat: (dtype: string): void => {
      s.defaultFloat = parseDType(dtype);
    },

    /** Accumulates into leaves (inputs "-": all; else those only). cts: a handle or empty per root. */
    backward: (
      roots: string,
      cts: string,
      retain: number,
      create: number,
      inputs: string,
    ): number =>
      guarded(-1, () => {
        const ct = tensors(cts);
        const list = tensors(roots).map((tensor, i) => ({ tensor: tensor!, ct: ct[i] ?? null }));
        s.made.graphs += create;
        const wanted = inputs === "-" ? {} : { inputs: tensors(inputs) as Tensor[] };
        s.backward(list, {
          retainGraph: retain === 1,
          createGraph: create === 1,
          accumulate: true,
          hook,
          ...wanted,
        });
        return 0;
      }),
    /** Gradients of the roots with respect to inputs, as handles; empty where none flows. */
    gradOf: (roots: string, cts: string, inputs: string, retain: number, create: number): string =>
      guarded("!", () => {
        const ct = tensors(cts);
        const list = tensors(roots).map((tensor, i) => ({ tensor: tensor!, ct: ct[i] ?? null }));
        s.made.graphs += create;
        const found = s.backward(list, {
          retainGraph: retain === 1,
          createGraph: create === 1,
          accumulate: false,
          hook,
          inputs: tensors(inputs) as Tensor[],
        });
        return found.map((g) => (g ? handles.add(g) : "")).join(",");
      }),
    /**
     * What the node reads that is reached from h's along `path`, a list of input numbers: per input "name:output" of a node, "=handle" of
     * a leaf, or nothing; joined by "|".
     */
    nextNodes: (h: number, path: string): string =>
      guarded("!", () => {
        let node = handles.get(h).node;
        for (const i of ints(path)) {
          const edge = node?.edges[i];
          node = edge && "node" in edge ? edge.node : null;
        }
        const texts = (node?.edges ?? []).map((e) =>
          !e ? "" : "leaf" in e ? `=${handles.add(e.leaf)}` : `${e.node.gradName}:${e.index}`,
        );
        return texts.join("|");
      }),
    /** A user's function: its outputs become those of one node, whose vjp asks Python ("function", id, cts). */
    custom: (inputs: string, outputs: string, id: number, site: number): number =>
      guarded(-1, () => {
        s.site = site;
        s.recordCustom(
          tensors(inputs) as Tensor[],
          tensors(outputs) as Tensor[],
          (cts, node) => {
            running.set(id, node);
            const given = cts.map((t) => (t ? handles.add(t) : "")).join(",");
            const answer = call("function", id, given);
            running.delete(id);
            return answer.split(",").map((h) => (h === "" ? null : take(h)));
          },
          () => void callback("free", id, ""),
        );
        return 0;
      }),

    /** From now on the hooks `id` see what is saved for backward; −1: none. */
    saveThrough: (id: number): void => {
      s.savingHooks = id < 0 ? null : savingHooks(id);
    },

    /** h's elements as output `index` of the user's function `id`, whose backward runs: for an output that the user let go. */
    customOutput: (id: number, index: number, h: number): number =>
      guarded(-1, () => {
        const x = handles.get(h);
        const out = s.backend.alias(x, x.shape, x.strides, x.offset);
        out.setNode(running.get(id) ?? null, index);
        return handles.add(out);
      }),

    ...chances(s, handles, generator, guarded),
    ...measuring,
    ...watchers(s, handles),
    /** For the analysis, not for Python's torch. */
    host: { handles, recorder, taken },
  };
}

export type Bridge = ReturnType<typeof createBridge>;
