/** Every id that package.json contributes, with its type. `test/manifest.test.ts` compares the two. */
import type manifest from "../package.json";

export const COMMANDS = {
  analyze: "chainrule.analyze",
  choose: "chainrule.choose",
  cancel: "chainrule.cancel",
  showPanel: "chainrule.showPanel",
  showEditor: "chainrule.showEditor",
  exportSvg: "chainrule.exportSvg",
  exportPng: "chainrule.exportPng",
  exportJson: "chainrule.exportJson",
  exportCsv: "chainrule.exportCsv",
  exportScript: "chainrule.exportScript",
  openSample: "chainrule.openSample",
  turnOff: "chainrule.turnOff",
  showLog: "chainrule.showLog",
} as const;

export const CONTAINER = "chainrule";
export const PANEL = "chainrule.panel";

/** The panel as an editor. */
export const PANEL_EDITOR = "chainrule.gradients";

/** The submenu of the view's title. */
export const EXPORT_MENU = "chainrule.export";

/** Context key: a result is shown. */
export const HAS_RESULT = "chainrule.hasResult";

/** Context key: true while a run is under way. */
export const RUNNING = "chainrule.running";

/** Which documents Chainrule reads: Python of any file system, unsaved too. */
export const SELECTOR = { language: "python" } as const;

/** A cell is no file of its own: without the others it means nothing. */
export const NOTEBOOK_CELL = "vscode-notebook-cell";

/** Where a finding's code is explained. */
export const RULES = "https://github.com/chainrule/chainrule/blob/main/engine/rules/RULES.md";

type Properties = (typeof manifest)["contributes"]["configuration"]["properties"];

/** Value type of each setting, told from its default: `"manual"` is the widened `string` there. */
export type Settings = { readonly [K in keyof Properties]: Properties[K]["default"] };
