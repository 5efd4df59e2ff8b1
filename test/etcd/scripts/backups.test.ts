import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, it } from 'vitest';
import { withStandIn } from '../../support/backup-scripts';
import { describeScripts, SCRIPTS } from './scripts';

withStandIn(describeScripts);

it('can be run as they are mounted: each names its interpreter, and none holds a template', () => {
  for (const script of fs.readdirSync(SCRIPTS)) {
    const text = fs.readFileSync(path.join(SCRIPTS, script), 'utf8');
    expect(text, script).toMatch(/^#!\/bin\/sh\n/);
    expect(text, script).not.toMatch(/\{\{|%[A-Z_]{2,}%/);
    execFileSync('sh', ['-n', path.join(SCRIPTS, script)]);
  }
});
