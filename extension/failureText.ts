/** Why a run ended without a report, as the panel and the notification say it. Editor-free. */
import { phaseText } from "./panelState.ts";

/** What was under way. */
export interface Doing {
  readonly file: string;
  readonly phase: string;
  /** The run's limit. */
  readonly seconds: number;
}

export function failureText(code: string, message: string, doing: Doing): string {
  if (code === "timeout") {
    const reached = `${doing.file} took longer than ${doing.seconds} s (${phaseText(doing.phase)}).`;
    return doing.phase === "import"
      ? `${reached} Code at the top level of a file runs on import: a training loop there belongs under \`if __name__ == "__main__":\`.`
      : reached;
  }
  const [first = ""] = message.split("\n", 1);
  return first.charAt(0).toUpperCase() + first.slice(1);
}
