import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory that goes away with the test; called while one runs. */
export function temporary(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'test-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}
