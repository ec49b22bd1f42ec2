import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Span } from "../../engine/report.ts";
import { toDiagnostic, toRange, toWorkspaceEdit, type Places } from "../../extension/convert.ts";
import { finding, span } from "./reports.ts";

/** Line 7 was edited; all else stands a line lower. */
const places: Places = {
  uri: (path) => vscode.Uri.file(path),
  place: (at: Span) =>
    at.startLine === 7
      ? undefined
      : { ...at, startLine: at.startLine + 1, endLine: at.endLine + 1 },
};

describe("conversion to the editor's words", () => {
  it("counts lines from 0 and keeps columns", () => {
    const range = toRange({ file: "m.py", startLine: 3, startColumn: 4, endLine: 5, endColumn: 1 });
    assert.ok(range.isEqual(new vscode.Range(2, 4, 4, 1)));
  });

  it("makes a diagnostic with code, source, severity and both ends", () => {
    const made = toDiagnostic(
      finding({
        at: span(4, 2, 9),
        cause: { at: span(5, 0, 3, "/w/lib.py"), text: "theory: 0.1415" },
        related: [
          { at: span(6), text: "the victim" },
          { at: span(7), text: "edited" },
        ],
      }),
      places,
    );
    assert.ok(made);
    const { uri, diagnostic } = made;
    assert.equal(uri.fsPath, "/w/model.py");
    assert.ok(diagnostic.range.isEqual(new vscode.Range(4, 2, 4, 9)));
    assert.equal(diagnostic.severity, vscode.DiagnosticSeverity.Warning);
    assert.equal(diagnostic.source, "Chainrule");
    const { code } = diagnostic;
    assert.ok(typeof code === "object" && code.value === "gradient-vanishing");
    assert.equal(code.target.fragment, "gradient-vanishing");
    assert.equal(diagnostic.tags, undefined);
    const idle = toDiagnostic(finding({ at: span(4), isUnnecessary: true }), places);
    assert.deepEqual(idle?.diagnostic.tags, [vscode.DiagnosticTag.Unnecessary]);
    const ends = (diagnostic.relatedInformation ?? []).map(({ location, message }) => [
      location.uri.fsPath,
      location.range.start.line,
      message,
    ]);
    assert.deepEqual(ends, [
      ["/w/lib.py", 5, "theory: 0.1415"],
      ["/w/model.py", 6, "the victim"],
    ]);
  });

  it("says a sentence with its values, and sentences within it", () => {
    const inner = { template: "{0} of {1} elements are NaN", values: ["3", "{0}"] };
    const said = { template: "{0}.grad is not finite: {1}.", values: ["fc.weight", inner] };
    const message = "as the report has it";
    const made = toDiagnostic(finding({ at: span(4), message, said }), places);
    const text = "fc.weight.grad is not finite: 3 of {0} elements are NaN.";
    assert.equal(made?.diagnostic.message, text);
  });

  it("drops what stands on edited lines", () => {
    assert.equal(toDiagnostic(finding({ at: span(7) }), places), undefined);
  });

  it("makes a fix whole or not at all", () => {
    const fix = (line: number) => ({
      title: "Use GELU",
      kind: "safe" as const,
      before: {},
      after: {},
      edits: [
        { at: span(4, 2, 9), newText: "nn.GELU()" },
        { at: span(line), newText: "" },
      ],
    });
    const edit = toWorkspaceEdit(fix(9), places);
    assert.equal(edit?.get(vscode.Uri.file("/w/model.py")).length, 2);
    assert.equal(toWorkspaceEdit(fix(7), places), undefined);
  });
});
