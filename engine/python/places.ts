/** Where a source of the request lies in Python's file system, and back. */

const WORK = "/work/";

/** Absolute paths stay as they are, so that tracebacks and `__file__` read as the user expects. */
export const placeOf = (source: string): string =>
  source.startsWith("/") ? source : WORK + source;

/** The request's key for a file name that Python reports. */
export const sourceOf = (place: string): string =>
  place.startsWith(WORK) ? place.slice(WORK.length) : place;

/** `a/b/c.py` → `a/b`; the root for a file that lies in none. */
export const folderOf = (path: string): string => {
  const end = path.lastIndexOf("/");
  return end < 0 ? "" : end === 0 ? "/" : path.slice(0, end);
};
