/** Loops by joined vectors: which build is taken. Their numbers: the other kernels' suites, which run each build. */
import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { compileWide, isJoined, overSharedMemory, V8_OF_WIDE } from "../../engine/kernels/index.ts";
import { JOINED_STATIC } from "../../engine/kernels/reserved.ts";
import { loopsOf } from "../../engine/kernels/simd.ts";
import { readRoomParts } from "../../engine/doors/assets.ts";
import { DIST } from "../support/analyst.ts";
import { kernelFile } from "../support/kernelPair.ts";

const MULTIPLY_ADD = [0xfd, 0x85, 0x02]; // f32x4.relaxed_madd; one more is −a b + c

/** The wide build with every multiply-add of f32 turned to its opposite. */
function wrong(): Uint8Array<ArrayBuffer> {
  const bytes = kernelFile("kernels-wide.wasm");
  for (let i = 0; i + MULTIPLY_ADD.length <= bytes.length; i++)
    if (MULTIPLY_ADD.every((byte, j) => bytes[i + j] === byte)) bytes[i + 1] = MULTIPLY_ADD[1]! + 1;
  return bytes;
}

const knows = V8_OF_WIDE.test(process.versions.v8);
describe("kernels: joined vectors", () => {
  it("are for a process that gives its flags away, on a V8 that knows them", async () => {
    assert.equal((await readRoomParts({ dir: DIST })).kernels.wide, undefined);
    if (!knows) assert.equal((await readRoomParts({ dir: DIST, wide: true })).kernels.wide, undefined); // prettier-ignore
  });

  it("keep their static data apart from the kernels'", () => {
    const memory = new WebAssembly.Memory({ initial: 4, maximum: 65536, shared: true });
    const bytes = overSharedMemory(kernelFile("kernels-wide.wasm"));
    if (WebAssembly.validate(bytes)) loopsOf(memory, new WebAssembly.Module(bytes), 0);
    const kept = new Uint8Array(memory.buffer).findIndex((byte) => byte !== 0);
    assert.ok(kept === -1 || kept >= JOINED_STATIC, `byte ${kept}`);
  });

  if (knows)
    it("are not taken where they give other bits", () => {
      const module = new WebAssembly.Module(overSharedMemory(kernelFile("kernels-relaxed.wasm")));
      const taken = (bytes: Uint8Array<ArrayBuffer>): boolean => {
        let time = 1; // what is measured first is the faster: their speed is no matter here
        const now = (): number => (time *= 2);
        return isJoined(module, compileWide(overSharedMemory(bytes), setFlagsFromString), now);
      };
      assert.equal(taken(kernelFile("kernels-wide.wasm")), true);
      assert.equal(taken(wrong()), false);
    });
});
