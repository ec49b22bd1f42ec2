import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { COMMANDS, CONTAINER, EXPORT_MENU, PANEL } from "../extension/contributions.ts";
import { ROOT } from "./support/host.ts";

type Entry = Readonly<Record<string, string>>;

interface Manifest {
  readonly main: string;
  readonly icon: string;
  readonly engines: { readonly vscode: string; readonly node: string };
  readonly activationEvents: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies?: unknown;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly contributes: {
    readonly commands: readonly Entry[];
    readonly submenus: readonly Entry[];
    readonly menus: Readonly<Record<string, readonly Entry[]>>;
    readonly viewsContainers: { readonly activitybar: readonly Entry[] };
    readonly views: Readonly<Record<string, readonly Entry[]>>;
  };
}

const read = (name: string): string => fs.readFileSync(path.join(ROOT, name), "utf8");
const manifest = JSON.parse(read("package.json")) as Manifest;
const sorted = (values: Iterable<string | undefined>): unknown[] => [...values].sort();

describe("package.json", () => {
  it("has the commands that contributions.ts names", () => {
    const declared = manifest.contributes.commands.map(({ command }) => command);
    assert.deepEqual(sorted(declared), sorted(Object.values(COMMANDS)));
  });

  it("has menus of known commands only", () => {
    const known: readonly string[] = Object.values(COMMANDS);
    for (const [menu, entries] of Object.entries(manifest.contributes.menus))
      for (const { command, submenu } of entries)
        assert.ok(
          submenu === EXPORT_MENU || known.includes(command ?? ""),
          `${menu}: ${command ?? submenu}`,
        );
    assert.deepEqual(
      manifest.contributes.submenus.map(({ id }) => id),
      [EXPORT_MENU],
    );
    assert.ok(EXPORT_MENU in manifest.contributes.menus);
  });

  it("has the panel in a container of its own", () => {
    const containers = manifest.contributes.viewsContainers.activitybar.map(({ id }) => id);
    assert.deepEqual(containers, [CONTAINER]);
    assert.deepEqual(Object.keys(manifest.contributes.views), [CONTAINER]);
    assert.deepEqual(
      manifest.contributes.views[CONTAINER]?.map(({ id }) => id),
      [PANEL],
    );
  });

  it("activates on Python files and notebooks only", () => {
    assert.deepEqual(manifest.activationEvents, [
      "onLanguage:python",
      "onNotebook:jupyter-notebook",
    ]);
  });

  it("names files that exist", () => {
    const icons = [
      manifest.icon,
      ...manifest.contributes.viewsContainers.activitybar.map(({ icon }) => icon ?? ""),
    ];
    for (const file of [manifest.main, ...icons])
      assert.ok(fs.existsSync(path.join(ROOT, file)), file);
    const scripts =
      Object.values(manifest.scripts)
        .join(" ")
        .match(/[\w./-]+\.(mjs|ts)\b/g) ?? [];
    for (const file of scripts) assert.ok(fs.existsSync(path.join(ROOT, file)), file);
  });

  it("bundles everything: nothing is installed with it", () => {
    assert.equal(manifest.dependencies, undefined);
    for (const [name, version] of Object.entries(manifest.devDependencies))
      assert.match(version, /^\d+\.\d+\.\d+/, `${name} is pinned`);
  });

  it("has one floor: engines, types and the VS Code of the tests", () => {
    const floor = /^\^(\d+\.\d+)\.0$/.exec(manifest.engines.vscode)?.[1];
    const product = read(".vscode-host/floor/node_modules/code-server/lib/vscode/package.json");
    const { version } = JSON.parse(product) as { version: string };
    assert.ok(floor && version.startsWith(`${floor}.`), `${manifest.engines.vscode}, ${version}`);
    assert.ok(manifest.devDependencies["@types/vscode"]?.startsWith(`${floor}.`));
  });
});

describe("lock files", () => {
  const locks = ["package-lock.json", "newest", "floor"].map((name) =>
    name.endsWith(".json") ? name : `test/support/vscode-host/${name}/package-lock.json`,
  );
  for (const lock of locks)
    it(`${lock} holds checksums and no download address`, () => {
      const text = read(lock);
      assert.ok(text.includes('"integrity"'));
      assert.ok(!text.includes('"resolved"'));
    });
});
