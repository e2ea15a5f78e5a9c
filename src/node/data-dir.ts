import { QanatError } from "../codec/errors.ts";
import { makeFolder } from "../crypto/make-folder.ts";

/** Makes the data directory where it is not there. @throws QanatError `node/data-dir` */
export function makeDataDir(path: string): void {
  try {
    makeFolder(path);
  } catch (cause) {
    const isFile = (cause as NodeJS.ErrnoException).code === "EEXIST";
    const reason = isFile ? "it is a file" : (cause as Error).message;
    const message = `common.data_dir: ${path} cannot be used as the data directory: ${reason}`;
    throw new QanatError("node/data-dir", message, {}, { cause });
  }
}
