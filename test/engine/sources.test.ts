import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import {
  collectSources,
  foldersAround,
  PROVIDED,
  scanImports,
} from "../../engine/sources/sources.ts";

/** `level.module(names)` of each import, as scanned. */
const scanned = (source: string): string[] =>
  scanImports(source).map(
    ({ level, module, names }) => `${".".repeat(level)}${module}(${names.join(",")})`,
  );

/** Paths collected from a made-up disk. */
async function checkCollected(
  files: Readonly<Record<string, string>>,
  roots: readonly string[],
  expected: readonly string[],
  ceiling = "",
): Promise<readonly string[]> {
  const entry = String(Object.keys(files)[0]);
  const { sources, outer } = await collectSources(entry, {
    roots,
    around: ceiling ? foldersAround(entry, ceiling) : [],
    read: (path) => Promise.resolve(files[path]),
  });
  assert.deepEqual(Object.keys(sources).sort(), [...expected].sort());
  return outer;
}

describe("sources", () => {
  it("reads import statements wherever Python allows them", () => {
    const source = `
import a, b.c as d
from e.f import (g,  # a comment
                 h as i)
from . import j
from ..k import *
from .l.m import n; import o
def f():
    import p
    try: from q import r
    except ImportError: import s as t, u
if x: import v
from .\\
  w import y
`;
    assert.deepEqual(scanned(source), [
      ...["a()", "b.c()", "e.f(g,h)", ".(j)", "..k()", ".l.m(n)", "o()", "p()", "q(r)"],
      ...["s()", "u()", "v()", ".w(y)"],
    ]);
  });

  it("reads none in strings and comments", () => {
    const source = `"""\nimport a\n"""\n# import b\nx = 'import c'\nf'''\nfrom d import e\n'''\nimportant = 1`;
    assert.deepEqual(scanned(source), []);
  });

  it("follows siblings, packages and relative imports", () =>
    checkCollected(
      {
        "/w/main.py": "import utils, pkg.deep.leaf\nfrom pkg import sub, VALUE\nimport os",
        "/w/utils.py": "from helper import x",
        "/w/helper.py": "",
        "/w/pkg/__init__.py": "from .inner import y",
        "/w/pkg/inner.py": "",
        "/w/pkg/sub.py": "from . import other\nfrom ..pkg.third import z",
        "/w/pkg/other.py": "",
        "/w/pkg/third.py": "",
        "/w/pkg/deep/leaf.py": "",
        "/w/pkg/unused.py": "",
        "/w/elsewhere.py": "",
      },
      [],
      [
        ...["/w/main.py", "/w/utils.py", "/w/helper.py", "/w/pkg/__init__.py", "/w/pkg/inner.py"],
        ...["/w/pkg/sub.py", "/w/pkg/other.py", "/w/pkg/third.py", "/w/pkg/deep/leaf.py"],
      ],
    ));

  it("takes no folder for a package whose name cannot be one", () =>
    checkCollected(
      {
        "/w/net-main/net/layers.py": "from .ops import x",
        "/w/net-main/net/__init__.py": "",
        "/w/net-main/net/ops.py": "",
        "/w/net-main/__init__.py": "",
      },
      [],
      ["layers", "__init__", "ops"].map((name) => `/w/net-main/net/${name}.py`),
    ));

  it("searches the roots after the entry's folder", () =>
    checkCollected(
      {
        "src/models/net.py": "from layers import a\nfrom models.block import b",
        "src/models/layers.py": "",
        "layers.py": "",
        "src/models/block.py": "",
      },
      ["src/", "."],
      ["src/models/net.py", "src/models/layers.py", "src/models/block.py"],
    ));

  it("leaves what Chainrule brings, but follows the entry's own package", () =>
    checkCollected(
      {
        "/lib/torchvision/models/net.py":
          "import torch\nimport numpy as np\nfrom ..ops import misc\nfrom torchvision.extra import e",
        "/lib/torchvision/__init__.py": "",
        "/lib/torchvision/models/__init__.py": "from .net import *\nfrom . import other",
        "/lib/torchvision/models/other.py": "",
        "/lib/torchvision/ops/__init__.py": "",
        "/lib/torchvision/ops/misc.py": "",
        "/lib/torchvision/extra.py": "",
        "/lib/torch/__init__.py": "",
        "/lib/numpy/__init__.py": "",
      },
      ["/lib"],
      [
        ...["/lib/torchvision/models/net.py", "/lib/torchvision/__init__.py"],
        ...["/lib/torchvision/models/__init__.py", "/lib/torchvision/models/other.py"],
        ...["/lib/torchvision/ops/__init__.py", "/lib/torchvision/ops/misc.py"],
        "/lib/torchvision/extra.py",
      ],
    ));

  it("leaves the packages that are installed beside an installed one", () =>
    checkCollected(
      {
        "/usr/lib/site-packages/vision/net.py": "from . import ops\nimport requests, vision.more",
        "/usr/lib/site-packages/vision/__init__.py": "",
        "/usr/lib/site-packages/vision/ops.py": "",
        "/usr/lib/site-packages/vision/more.py": "",
        "/usr/lib/site-packages/requests.py": "",
      },
      [],
      ["net", "__init__", "ops", "more"].map((name) => `/usr/lib/site-packages/vision/${name}.py`),
    ));

  it("finds what lies beside the project's root, nearest folder first, up to the ceiling", async () => {
    const outer = await checkCollected(
      {
        "/p/a/models/net.py": "from layers.embed import E\nimport above, random",
        "/p/a/layers/embed.py": "from utils.masking import M",
        "/p/a/utils/masking.py": "",
        "/p/layers/embed.py": "",
        "/p/utils/masking.py": "",
        "/above.py": "",
      },
      [],
      ["/p/a/models/net.py", "/p/a/layers/embed.py", "/p/a/utils/masking.py"],
      "/p",
    );
    assert.deepEqual(outer, ["/p/a"]);
  });

  it("takes a folder of the user's own that is named like a package of Chainrule's", () =>
    checkCollected(
      {
        "/p/tools/run.py": "from timm.layers import D\nimport numpy, torch",
        "/p/timm/__init__.py": "",
        "/p/timm/layers.py": "",
        "/p/numpy/__init__.py": "",
        "/p/torch.py": "",
      },
      ["/p"],
      ["/p/tools/run.py", "/p/timm/__init__.py", "/p/timm/layers.py"],
    ).then(() => undefined));

  it("leaves installed packages that Chainrule brings", () =>
    checkCollected(
      { "/p/run.py": "import timm", "/v/site-packages/timm/__init__.py": "" },
      ["/v/site-packages"],
      ["/p/run.py"],
    ).then(() => undefined));

  it("looks around up to the ceiling and not among installed packages", () => {
    assert.deepEqual(foldersAround("/p/a/b/c.py", "/p"), ["/p/a", "/p/a/src", "/p", "/p/src"]);
    assert.deepEqual(foldersAround("/p/c.py", "/p"), []);
    assert.deepEqual(foldersAround("/q/c.py", "/p"), []);
    assert.deepEqual(foldersAround("/v/lib/site-packages/timm/m/x.py", "/v"), [
      "/v/lib/site-packages/timm",
      "/v/lib/site-packages/timm/src",
    ]);
  });

  it("keeps Windows paths and import cycles", () =>
    checkCollected(
      { "c:/u/a.py": "import b", "c:/u/b.py": "import a", "c:/b.py": "" },
      ["c:/"],
      ["c:/u/a.py", "c:/u/b.py"],
    ));

  it("refuses an entry that does not exist", () =>
    assert.rejects(
      collectSources("gone.py", { roots: [], read: () => Promise.resolve(undefined) }),
      { code: "no-file" },
    ));

  it("knows every package that Chainrule brings", () => {
    const folder = new URL("../../engine/python/site-packages/", import.meta.url);
    assert.ok(existsSync(folder));
    const names = readdirSync(folder).map((name) => name.replace(/\.py$/, ""));
    assert.deepEqual(
      names.filter((name) => !PROVIDED.has(name)),
      [],
    );
  });
});
