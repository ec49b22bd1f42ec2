/** Draws extension/media/icon.png (256 × 256) from icon.svg: `node --import tsx test/support/drawIcon.ts`. */
import fs from "node:fs";
import path from "node:path";
import { launchBrowser } from "./browser.ts";
import { ROOT } from "./host.ts";

const media = path.join(ROOT, "extension/media");
const svg = fs.readFileSync(path.join(media, "icon.svg"), "utf8");
const browser = await launchBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 256, height: 256 } });
  await page.setContent(`<body style="margin:0">${svg}</body>`);
  await page.screenshot({ path: path.join(media, "icon.png"), omitBackground: true });
} finally {
  await browser.close();
}
