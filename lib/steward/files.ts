import type * as nodeFs from 'node:fs';
import { dirname } from 'node:path';

/** What a gate needs of `node:fs`, so that a test can break it off at any call. */
export type Files = Pick<
  typeof nodeFs,
  | 'existsSync'
  | 'readFileSync'
  | 'readdirSync'
  | 'mkdirSync'
  | 'renameSync'
  | 'rmSync'
  | 'openSync'
  | 'readSync'
  | 'writeSync'
  | 'fsyncSync'
  | 'fstatSync'
  | 'closeSync'
>;

/** Writes a file so that it is there as a whole or not at all, even after a power cut. */
export function writeAtomically(fs: Files, file: string, text: string): void {
  const aside = `${file}.new`;
  withOpen(fs, aside, 'w', (descriptor) => {
    if (text) fs.writeSync(descriptor, text);
    fs.fsyncSync(descriptor);
  });
  renameForGood(fs, aside, file);
}

/** Renames, so that a power cut does not undo it. */
export function renameForGood(fs: Files, from: string, to: string): void {
  fs.renameSync(from, to);
  withOpen(fs, dirname(to), 'r', (descriptor) => fs.fsyncSync(descriptor));
}

/** Opens a file for as long as it is used. */
export function withOpen<T>(fs: Files, file: string, flags: string, use: (descriptor: number) => T): T {
  const descriptor = fs.openSync(file, flags);
  try {
    return use(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
