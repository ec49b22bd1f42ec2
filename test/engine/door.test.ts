import assert from "node:assert/strict";
import { Door, type Disk, type Entry } from "../../engine/client.ts";

const WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n";

/** A made-up disk: text by path; a text of "→" is a symbolic link. */
function diskOf(files: Readonly<Record<string, string>>): Disk {
  const list = (folder: string): readonly Entry[] => {
    const found = new Map<string, Entry>();
    for (const [path, text] of Object.entries(files)) {
      if (!path.startsWith(`${folder}/`)) continue;
      const [name = "", ...rest] = path.slice(folder.length + 1).split("/");
      const kind = rest.length > 0 ? "folder" : text === "→" ? "other" : "file";
      if (!found.has(name)) found.set(name, { name, kind });
    }
    return [...found.values()];
  };
  return {
    list: (folder) => Promise.resolve(list(folder)),
    read: (path) => Promise.resolve(files[path]),
    size: (path) => Promise.resolve(files[path]?.length),
  };
}

const DISK = diskOf({
  "/w/net.py": "net",
  "/w/secret.txt": "no",
  "/w/.env": "no",
  "/w/link.py": "→",
  "/w/pkg/part.py": "part",
  "/w/data/train/image.png": "no",
  "/w/my-config/net-50.YAML": "depth: 50",
  "/w/my-config/words.txt": "a b",
  "/w/my-config/latin.txt": "caf\ufffd",
  "/w/my-config/large.csv": "1".repeat(2 ** 22 + 1),
  "/w/my-config/weights.pth": "no",
  "/w/my-config/linked.json": "→",
  "/w/my-config/.hidden.json": "no",
  "/w/my-config/api_key.json": "no",
  "/w/my-config/id_rsa.txt": "no",
  "/w/my-config/tokenizer.json": "{}",
  "/w/secrets/a.json": "no",
  "/w/.aws/config.json": "no",
  "/v/site-packages/timm/words.txt": "no",
  "/w/.venv/lib/x.py": "no",
  "/w/node_modules/a/b.py": "no",
  "/w/__pycache__/net.py": "no",
  "/w/linked": "→",
  "/w/linked/passwd.py": "no",
  "/etc/passwd": "no",
  "/etc/passwd.py": "no",
  "/v/site-packages/timm/__init__.py": "timm",
  "/v/site-packages/timm/data.json": "no",
  "/v/site-packages/timm-1.0.dist-info/METADATA": "Name: timm",
  "/v/site-packages/timm-1.0.dist-info/RECORD": "no",
  "/v/site-packages/six.py": "six",
  "/v/site-packages/numpy/__init__.py": "no",
  "/v/site-packages/torch/__init__.py": "no",
  "/v/site-packages/scipy/__init__.py": "no",
  "/v/site-packages/scipy/_lib/_c.cpython-311.so": "no",
  "/v/site-packages/pure/__init__.py": "pure",
  "/v/site-packages/pure/optional.so": "no",
  "/v/site-packages/Pure-2.0.dist-info/WHEEL": WHEEL,
  "/v/site-packages/torchvision/__init__.py": "vision",
  "/v/site-packages/torchvision/_C.so": "no",
});

const OPEN = { workspace: ["/w"], environment: ["/v/site-packages"] };

async function checkAnswers(
  kind: "list" | "read",
  expected: Readonly<Record<string, string | null>>,
  folders = OPEN,
): Promise<void> {
  const answer = new Door(folders, DISK).visit();
  for (const [path, text] of Object.entries(expected)) {
    assert.equal(await answer({ kind, path }), text, `${kind} ${path}`);
  }
}

describe("door", () => {
  it("gives Python sources of the opened folders", () =>
    checkAnswers("read", {
      "/w/net.py": "net",
      "/w/pkg/part.py": "part",
      "/v/site-packages/timm/__init__.py": "timm",
      "/v/site-packages/six.py": "six",
      "/v/site-packages/timm-1.0.dist-info/METADATA": "Name: timm",
    }));

  it("refuses every other file", () =>
    checkAnswers("read", {
      "/w/secret.txt": null,
      "/w/.env": null,
      "/w/.venv/lib/x.py": null,
      "/w/node_modules/a/b.py": null,
      "/w/__pycache__/net.py": null,
      "/w/pkg": null,
      "/w": null,
      "/v/site-packages/timm/data.json": null,
      "/v/site-packages/timm-1.0.dist-info/RECORD": null,
      "/etc/passwd": null,
      "/etc/passwd.py": null,
      "": null,
    }));

  it("gives small texts of the project", () =>
    checkAnswers("read", {
      "/w/my-config/net-50.YAML": "depth: 50",
      "/w/my-config/words.txt": "a b",
      "/w/my-config/tokenizer.json": "{}",
    }));

  it("refuses data that is large, binary, hidden, linked, installed, of another encoding, or may be secret", () =>
    checkAnswers("read", {
      "/w/my-config/latin.txt": null,
      "/w/my-config/large.csv": null,
      "/w/my-config/weights.pth": null,
      "/w/my-config/linked.json": null,
      "/w/my-config/.hidden.json": null,
      "/w/my-config/api_key.json": null,
      "/w/my-config/id_rsa.txt": null,
      "/w/secrets/a.json": null,
      "/w/.aws/config.json": null,
      "/w/data/train/image.png": null,
      "/v/site-packages/timm/words.txt": null,
      "/w/../w/my-config/words.txt": null,
    }));

  it("refuses each way to write a path out of the folder, and symbolic links", () =>
    checkAnswers("read", {
      "/w/../etc/passwd.py": null,
      "/w/pkg/../net.py": null,
      "/w/./net.py": null,
      "/w//net.py": null,
      "/w\\net.py": null,
      "/w/net.py\0": null,
      "w/net.py": null,
      "/wx/net.py": null,
      "/w/link.py": null,
      "/w/linked/passwd.py": null,
    }));

  it("shows folders that hold Python or texts, and of an environment what runs without compiled parts", () =>
    checkAnswers("list", {
      "/w": "net.py\npkg/\ndata/\nmy-config/\nsecrets/",
      "/w/my-config": "net-50.YAML\nwords.txt\nlatin.txt\nlarge.csv\ntokenizer.json",
      "/w/pkg": "part.py",
      "/w/data": null,
      "/w/.venv": null,
      "/v/site-packages":
        "timm/\ntimm-1.0.dist-info/\nsix.py\nscipy/\npure/\nPure-2.0.dist-info/\ntorchvision/",
      "/v/site-packages/numpy": null,
      "/v/site-packages/torch": null,
      "/v/site-packages/scipy": null,
      "/v/site-packages/pure": "__init__.py",
      "/v/site-packages/torchvision": "__init__.py",
      "/": null,
      "/etc": null,
    }));

  it("refuses everything where nothing was opened", () =>
    checkAnswers(
      "read",
      { "/w/net.py": null, "/v/site-packages/six.py": null },
      { workspace: [], environment: [] },
    ));

  it("gives a bounded amount of data", async () => {
    const text = "x".repeat(2 ** 22);
    const disk: Disk = { ...DISK, read: () => Promise.resolve(text) };
    const answer = new Door(OPEN, disk).visit();
    let given = 0;
    while ((await answer({ kind: "read", path: "/w/my-config/words.txt" })) !== null) given++;
    assert.equal(given, 8);
  });

  it("gives a bounded amount", async () => {
    const disk: Disk = { ...DISK, read: () => Promise.resolve("x".repeat(2 ** 24)) };
    const door = new Door(OPEN, disk);
    for (const answer of [door.visit(), door.visit()]) {
      let given = 0;
      while ((await answer({ kind: "read", path: "/w/net.py" })) !== null) given++;
      assert.equal(given, 6);
    }
  });
});
