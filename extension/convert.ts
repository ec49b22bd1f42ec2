/** The engine's words → VS Code's. A place that was edited since the run becomes undefined. */
import {
  Diagnostic,
  DiagnosticRelatedInformation,
  DiagnosticSeverity,
  DiagnosticTag,
  Location,
  Position,
  Range,
  Uri,
  WorkspaceEdit,
} from "vscode";
import type { Finding, Fix, Severity, Span } from "../engine/report.ts";
import { RULES } from "./contributions.ts";
import { messageOf, textOf } from "./said.ts";

/** How a run's places become the editor's. */
export interface Places {
  readonly uri: (path: string) => Uri;
  readonly place: (span: Span) => Span | undefined;
}

/** Lines from 1 → from 0; columns are UTF-16 units on both sides. */
export function toRange(span: Span): Range {
  const start = new Position(Math.max(0, span.startLine - 1), span.startColumn);
  return new Range(start, new Position(Math.max(0, span.endLine - 1), span.endColumn));
}

export function toLocation(span: Span, places: Places): Location | undefined {
  const now = places.place(span);
  return now && new Location(places.uri(now.file), toRange(now));
}

const SEVERITY = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
} as const satisfies Record<Severity, DiagnosticSeverity>;

/** The finding's diagnostic and the file it stands in. */
export function toDiagnostic(
  finding: Finding,
  places: Places,
): { readonly uri: Uri; readonly diagnostic: Diagnostic } | undefined {
  const location = toLocation(finding.at, places);
  if (!location) return undefined;
  const diagnostic = new Diagnostic(location.range, messageOf(finding), SEVERITY[finding.severity]);
  diagnostic.source = "Chainrule";
  diagnostic.code = { value: finding.code, target: Uri.parse(`${RULES}#${finding.code}`) };
  if (finding.isUnnecessary) diagnostic.tags = [DiagnosticTag.Unnecessary];
  diagnostic.relatedInformation = [finding.cause, ...(finding.related ?? [])].flatMap((end) => {
    const at = end && toLocation(end.at, places);
    return at ? [new DiagnosticRelatedInformation(at, textOf(end))] : [];
  });
  return { uri: location.uri, diagnostic };
}

/** All of a fix's edits; undefined when one of its places was edited since. */
export function toWorkspaceEdit(fix: Fix, places: Places): WorkspaceEdit | undefined {
  const edit = new WorkspaceEdit();
  for (const { at, newText } of fix.edits) {
    const location = toLocation(at, places);
    if (!location) return undefined;
    edit.replace(location.uri, location.range, newText);
  }
  return edit;
}
