/** Where a Python environment keeps its packages, by the layout of its folders: no Python is run. */
import type { Disk } from "./door.ts";

const PYTHON = /^python3(\.\d+)?$/;

/** `lib/python3.11/site-packages`, on Windows `Lib/site-packages`, on Debian's own `lib/python3/dist-packages`. */
export async function sitePackages(prefix: string, disk: Disk): Promise<string[]> {
  const holds = async (folder: string, name: string): Promise<boolean> =>
    (await disk.list(folder)).some((e) => e.name === name && e.kind === "folder");
  if (await holds(`${prefix}/Lib`, "site-packages")) return [`${prefix}/Lib/site-packages`];
  const versions = (await disk.list(`${prefix}/lib`))
    .map(({ name }) => name)
    .filter((name) => PYTHON.test(name))
    .sort((a, b) => Number(b.split(".")[1] ?? 0) - Number(a.split(".")[1] ?? 0));
  for (const version of versions) {
    const found: string[] = [];
    for (const name of ["site-packages", "dist-packages"])
      if (await holds(`${prefix}/lib/${version}`, name))
        found.push(`${prefix}/lib/${version}/${name}`);
    if (found.length > 0) return found;
  }
  return [];
}

/** The environment of an interpreter, `/x/bin/python` or `C:/x/Scripts/python.exe`; a folder is taken as it is. */
export const prefixOf = (path: string): string =>
  /^python[\w.]*$/i.test(path.slice(path.lastIndexOf("/") + 1))
    ? path.replace(/\/[^/]*$/, "").replace(/\/(bin|Scripts)$/i, "")
    : path.replace(/\/+$/, "");

/** A folder of packages itself, an environment, or its interpreter → its folders of packages. */
export async function packageFolders(path: string, disk: Disk): Promise<string[]> {
  const clean = path.replaceAll("\\", "/").replace(/(.)\/+$/, "$1");
  return /\/(site|dist)-packages$/.test(clean) ? [clean] : sitePackages(prefixOf(clean), disk);
}

/** Environments that people keep beside their code. */
export const USUAL_FOLDERS = [".venv", "venv", ".env", "env"] as const;

/** The first folder below `folder` that is a virtual environment; undefined where there is none. */
export async function environmentIn(folder: string, disk: Disk): Promise<string | undefined> {
  for (const name of USUAL_FOLDERS) {
    const entries = await disk.list(`${folder}/${name}`);
    if (entries.some((e) => e.name === "pyvenv.cfg" || e.name === "conda-meta"))
      return `${folder}/${name}`;
  }
  return undefined;
}
