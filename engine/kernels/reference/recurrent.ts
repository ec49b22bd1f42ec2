import type { Kernels } from "../kernels.ts";
import type { Access } from "./access.ts";

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Calls `visit(e, i, f, g, o)` for each element e of [rows, width] with its gates' places in [rows, 4 · width]. */
function forEachCell(
  rows: number,
  width: number,
  visit: (e: number, i: number, f: number, g: number, o: number) => void,
): void {
  for (let e = 0; e < rows * width; e++) {
    const i = Math.floor(e / width) * 4 * width + (e % width);
    visit(e, i, i + width, i + 2 * width, i + 3 * width);
  }
}

export function recurrence(mem: Access): Pick<Kernels, "lstmStep" | "lstmStepGrad"> {
  return {
    lstmStep(t, gates, cell, h, before, rows, width) {
      const G = mem.at(t, gates, 4 * rows * width);
      const [C, H, B] = [
        mem.at(t, cell, rows * width),
        mem.at(t, h, rows * width),
        mem.at(t, before, rows * width),
      ];
      forEachCell(rows, width, (e, i, f, g, o) => {
        const [input, forget, out] = [sigmoid(G[i]!), sigmoid(G[f]!), sigmoid(G[o]!)];
        const fresh = Math.tanh(G[g]!);
        const c = forget * B[e]! + input * fresh;
        [G[i], G[f], G[g], G[o]] = [input, forget, fresh, out];
        C[e] = c;
        H[e] = out * Math.tanh(c);
      });
    },
    lstmStepGrad(t, out, ctCell, ct, gates, cell, before, rows, width) {
      const [D, G] = [mem.at(t, out, 4 * rows * width), mem.at(t, gates, 4 * rows * width)];
      const [DC, DH] = [mem.at(t, ctCell, rows * width), mem.at(t, ct, rows * width)];
      const [C, B] = [mem.at(t, cell, rows * width), mem.at(t, before, rows * width)];
      forEachCell(rows, width, (e, i, f, g, o) => {
        const y = Math.tanh(C[e]!);
        const dc = DC[e]! + DH[e]! * G[o]! * (1 - y * y);
        D[i] = dc * G[g]! * G[i]! * (1 - G[i]!);
        D[f] = dc * B[e]! * G[f]! * (1 - G[f]!);
        D[g] = dc * G[i]! * (1 - G[g]! ** 2);
        D[o] = DH[e]! * y * G[o]! * (1 - G[o]!);
        DC[e] = dc * G[f]!;
      });
    },
  };
}
