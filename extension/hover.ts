/** The measured layers of the place under the pointer. */
import { Hover, MarkdownString, type HoverProvider } from "vscode";
import type { Analysis } from "./analysis.ts";
import { toLocation, toRange } from "./convert.ts";
import { layersAt, layerText } from "./layerText.ts";

export function hovers(analysis: Analysis): HoverProvider {
  return {
    provideHover(document, position) {
      const uri = document.uri.toString();
      const contents: MarkdownString[] = [];
      let range;
      for (const { result } of analysis.all) {
        if (!result) continue;
        const found = layersAt(result.report, (span) => {
          const location = toLocation(span, result);
          return location?.uri.toString() === uri && location.range.contains(position);
        });
        if (!found) continue;
        const now = result.place(found.span);
        range ??= now && toRange(now);
        contents.push(new MarkdownString(layerText(result.report, found.layers, result.stale())));
      }
      return contents.length > 0 ? new Hover(contents, range) : undefined;
    },
  };
}
