import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, it } from 'vitest';
import { readTls, tlsFiles } from '../../lib/steward/tls-secret';
import { temporary } from '../support/temporary';

it('keys are read from the files of their Secret', () => {
  const directory = temporary();
  const files = tlsFiles(directory);
  expect(files.map((file) => path.basename(file))).toEqual(['tls.crt', 'tls.key', 'ca.crt']);
  for (const file of files) fs.writeFileSync(file, path.basename(file));
  expect(readTls(directory)).toEqual({ cert: 'tls.crt', key: 'tls.key', ca: 'ca.crt' });
  fs.rmSync(files[2]);
  expect(() => readTls(directory)).toThrow('ENOENT');
});
