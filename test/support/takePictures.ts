/**
 * Takes the README's pictures, extension/media/readme-{dark,light}.png: the sample analysed in the newest VS Code, with
 * its fixes open. `npm run package && node --import tsx test/support/takePictures.ts`.
 */
import path from "node:path";
import { THEMES, useTheme } from "../extension/ui/themes.ts";
import { ROOT } from "./host.ts";
import { openWorkbench } from "./workbench.ts";
import { makeWorkspace } from "./workspace.ts";

const QUIET = {
  "editor.minimap.enabled": false,
  "window.commandCenter": false,
  "workbench.layoutControl.enabled": false,
};

const workbench = await openWorkbench({
  ...{ folder: makeWorkspace(), settings: QUIET },
  ...{ width: 1180, height: 700 },
});
try {
  const { page } = workbench;
  await workbench.openFile("sample.py");
  await workbench.command("Chainrule: Analyze Gradients");
  await workbench.webview().locator(".remedy").waitFor();
  for (const theme of THEMES.filter(({ name }) => !name.startsWith("hc"))) {
    await useTheme(workbench, theme);
    await page.locator(".codelens-decoration", { hasText: "Gradients vanish" }).waitFor();
    const first = await workbench.openFixes("x = torch.sigmoid(layer(x))");
    await page.mouse.move(1, 1);
    await page.screenshot({ path: path.join(ROOT, `extension/media/readme-${theme.name}.png`) });
    await page.keyboard.press("Escape");
    await first.waitFor({ state: "detached" });
  }
} finally {
  await workbench.close();
}
