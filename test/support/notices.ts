/**
 * THIRD_PARTY_NOTICES, from what is bundled into dist/: `node --import tsx test/support/notices.ts` writes
 * it anew. test/notices.test.ts fails when the file is stale or a bundle holds a package that stands not here.
 */
import fs from "node:fs";
import path from "node:path";
import { ROOT } from "./host.ts";

type Licence =
  "Apache-2.0" | "BSD-2-Clause" | "BSD-3-Clause" | "MIT" | "MPL-2.0" | "PSF-2.0" | "Zlib" | "bzip2";

interface Notice {
  readonly name: string;
  /** npm package that brings it: its version is printed. */
  readonly npm?: string;
  readonly licence: Licence | "none";
  readonly copyright: string;
  readonly source: string;
  readonly use: string;
}

const IN_PYTHON = "part of the Python interpreter in dist/pyodide.asm.wasm";

export const NOTICES: readonly Notice[] = [
  {
    name: "Pyodide",
    npm: "pyodide",
    licence: "MPL-2.0",
    copyright: "Copyright (C) 2019-2026, Pyodide contributors and Mozilla",
    source: "https://github.com/pyodide/pyodide",
    use: "CPython for WebAssembly: dist/pyodide.asm.wasm and its loader in dist/room.js, both without the exports that engine/python/trim.mjs leaves out, dist/python_stdlib.zip unmodified",
  },
  {
    name: "CPython and its standard library",
    licence: "PSF-2.0",
    copyright: "Copyright (c) 2001 Python Software Foundation; All Rights Reserved",
    source: "https://github.com/python/cpython",
    use: "the Python that runs the user's file: dist/pyodide.asm.wasm, dist/python_stdlib.zip, and their memory in the snapshot",
  },
  {
    name: "Emscripten",
    licence: "MIT",
    copyright: "Copyright (c) 2010-2026 Emscripten authors, see its AUTHORS file",
    source: "https://github.com/emscripten-core/emscripten",
    use: "runtime of Pyodide's WebAssembly",
  },
  {
    name: "musl",
    licence: "MIT",
    copyright: "Copyright (c) 2005-2020 Rich Felker, et al.",
    source: "https://musl.libc.org",
    use: "C library of Pyodide's WebAssembly",
  },
  {
    name: "libffi",
    licence: "MIT",
    copyright: "Copyright (c) 1996-2026 Anthony Green, Red Hat, Inc and others",
    source: "https://github.com/libffi/libffi",
    use: IN_PYTHON,
  },
  {
    name: "Expat",
    licence: "MIT",
    copyright:
      "Copyright (c) 1998-2000 Thai Open Source Software Center Ltd and Clark Cooper; Copyright (c) 2001-2026 Expat maintainers",
    source: "https://github.com/libexpat/libexpat",
    use: IN_PYTHON,
  },
  {
    name: "HACL*",
    licence: "MIT",
    copyright:
      "Copyright (c) 2016-2022 INRIA, CMU and Microsoft Corporation; Copyright (c) 2022-2023 HACL* Contributors",
    source: "https://github.com/hacl-star/hacl-star",
    use: IN_PYTHON,
  },
  {
    name: "mimalloc",
    licence: "MIT",
    copyright: "Copyright (c) 2018-2021 Microsoft Corporation, Daan Leijen",
    source: "https://github.com/microsoft/mimalloc",
    use: IN_PYTHON,
  },
  {
    name: "Zstandard",
    licence: "BSD-3-Clause",
    copyright: "Copyright (c) Meta Platforms, Inc. and affiliates",
    source: "https://github.com/facebook/zstd",
    use: IN_PYTHON,
  },
  {
    name: "libmpdec",
    licence: "BSD-2-Clause",
    copyright: "Copyright (c) 2008-2024 Stefan Krah",
    source: "https://www.bytereef.org/mpdecimal",
    use: IN_PYTHON,
  },
  {
    name: "zlib",
    licence: "Zlib",
    copyright: "Copyright (C) 1995-2026 Jean-loup Gailly and Mark Adler",
    source: "https://zlib.net",
    use: IN_PYTHON,
  },
  {
    name: "bzip2",
    licence: "bzip2",
    copyright: "Copyright (C) 1996-2019 Julian R Seward",
    source: "https://sourceware.org/bzip2",
    use: IN_PYTHON,
  },
  {
    name: "liblzma (XZ Utils)",
    licence: "none",
    copyright:
      "Lasse Collin and others; in the public domain, or under the BSD Zero Clause Licence",
    source: "https://tukaani.org/xz",
    use: IN_PYTHON,
  },
  {
    name: "SQLite",
    licence: "none",
    copyright: "in the public domain",
    source: "https://sqlite.org",
    use: IN_PYTHON,
  },
  {
    name: "Preact",
    npm: "preact",
    licence: "MIT",
    copyright: "Copyright (c) 2015-present Jason Miller",
    source: "https://github.com/preactjs/preact",
    use: "the side panel: dist/webview/main.js",
  },
  {
    name: "AssemblyScript's standard library",
    npm: "assemblyscript",
    licence: "Apache-2.0",
    copyright: "Copyright 2020-2026 Daniel Wirtz and the AssemblyScript authors",
    source: "https://github.com/AssemblyScript/assemblyscript",
    use: "compiled into the kernels: dist/kernels*.wasm",
  },
  {
    name: "PyTorch",
    licence: "BSD-3-Clause",
    copyright:
      "Copyright (c) 2016- Facebook, Inc (Adam Paszke); 2014- Facebook, Inc (Soumith Chintala); 2011-2014 Idiap Research Institute (Ronan Collobert); 2012-2014 Deepmind Technologies (Koray Kavukcuoglu); 2011-2012 NEC Laboratories America (Koray Kavukcuoglu); 2011-2013 NYU (Clement Farabet); and the other contributors to PyTorch and Caffe2",
    source: "https://github.com/pytorch/pytorch",
    use: "names, signatures and error texts that Chainrule's own torch package repeats word for word; no code",
  },
];

/** The whole file. Reads the versions of the installed packages and the licence texts in test/support/licenses/. */
export function noticesText(): string {
  const used = [...new Set(NOTICES.map(({ licence }) => licence))].filter(
    (name) => name !== "none",
  );
  const texts = used.sort().map((name) => {
    const text = fs.readFileSync(path.join(ROOT, `test/support/licenses/${name}.txt`), "utf8");
    return `${"=".repeat(80)}\n${name}\n${"=".repeat(80)}\n\n${text.trimEnd()}\n`;
  });
  return [
    "Chainrule is under the MIT licence (LICENSE). Its package holds the following works of others.\n",
    ...NOTICES.map(entry),
    "The texts of these licences:\n",
    ...texts,
  ].join("\n");
}

function entry({ name, npm, licence, copyright, source, use }: Notice): string {
  const version = npm ? ` ${installedVersion(npm)}` : "";
  const under = licence === "none" ? "" : `Licence: ${licence}\n`;
  return `${name}${version}\n${copyright}\n${under}Source: ${source}\nUse: ${use}\n`;
}

function installedVersion(npm: string): string {
  const text = fs.readFileSync(path.join(ROOT, "node_modules", npm, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

if (process.argv[1] === import.meta.filename)
  fs.writeFileSync(path.join(ROOT, "THIRD_PARTY_NOTICES"), noticesText());
