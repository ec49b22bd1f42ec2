/** VS Code's kinds of theme, by labels that the floor and the newest version both have. */
import type { Workbench } from "../../support/workbench.ts";

export const THEMES = [
  { name: "dark", label: "Dark Modern", kind: "vs-dark" },
  { name: "light", label: "Light Modern", kind: "vs" },
  { name: "hc-dark", label: "Dark High Contrast", kind: "hc-black" },
  { name: "hc-light", label: "Light High Contrast", kind: "hc-light" },
] as const;

/** Chooses a theme as a person would, and waits until workbench and webview have it. */
export async function useTheme(
  workbench: Workbench,
  { label, kind }: (typeof THEMES)[number],
): Promise<void> {
  const { page } = workbench;
  await workbench.command("Preferences: Color Theme");
  const picker = page.locator(".quick-input-widget");
  await picker.locator("input").first().fill(label);
  const row = picker.locator(".monaco-list-row.focused", { hasText: label });
  await row.waitFor();
  await page.keyboard.press("Enter");
  await picker.waitFor({ state: "hidden" });
  await page.locator(`.monaco-workbench.${kind}`).waitFor();
}
