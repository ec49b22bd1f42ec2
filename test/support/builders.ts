/** Debian's torchvision, torchaudio and torchtext as a user's environment: their builders from unmodified sources. */
import { Door } from "../../engine/client.ts";
import { disk } from "../../engine/cli/disk.ts";
import type { Case } from "../../engine/protocol.ts";
import type { Dtype } from "./agree.ts";
import { MODELS, type Compared, type Parity } from "./parity.ts";

/** Where Debian puts Python packages; a run may ask for what it imports from there. */
export const PACKAGES = new Door(
  { workspace: [], environment: ["/usr/lib/python3/dist-packages"] },
  disk,
);

/** Bytes of the largest model that a 32-bit memory holds beside its gradients, with room for activations. */
const ROOM = 3.2e9;
const BYTES: Readonly<Record<Dtype, number>> = { float64: 16, float32: 8 }; // a parameter and its gradient

export interface BuilderRow {
  readonly id: string;
  /** Elements of all parameters. */
  readonly size: number;
  readonly dtype: Dtype;
  readonly compared?: Compared;
  /** Why it was not run: nothing differs. */
  readonly reason?: string;
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/**
 * Runs a builder in float64, or in float32 where float64 does not fit, or says what it would need. PyTorch runs both:
 * its float64 says which side is off in float32.
 */
export async function runBuilder(parity: Parity, one: Case): Promise<BuilderRow> {
  const { id } = one;
  const size = await parity.witness.ask({ verb: "size", case: one, root: MODELS });
  if (BYTES.float32 * size > ROOM) {
    const needed = gigabytes(BYTES.float32 * size);
    const reason = `parameters and gradients need ${needed} in float32; the room holds 4 GB`;
    return { id, size, dtype: "float32", reason };
  }
  const said = await parity.testify(one, MODELS, true);
  const dtype = BYTES.float64 * size <= ROOM ? "float64" : "float32";
  const compared = await parity.compare(one, said, dtype);
  return { id, size, dtype, compared };
}
