import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chart } from 'cdk8s';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PlatformApp } from '../../lib';
import { reportFindings } from '../../lib/core/problem';
import { reportWarning } from '../../lib/core/warnings';

let outdir: string;
beforeEach(() => {
  outdir = mkdtempSync(join(tmpdir(), 'warnings-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(outdir, { recursive: true });
});

function appWithChart(): { app: PlatformApp; chart: Chart } {
  const app = new PlatformApp({ environment: { name: 'prod' }, outdir });
  return { app, chart: new Chart(app, 'stack', { namespace: 'data' }) };
}

describe('a warning', () => {
  it('is printed once, with the place that it is of', () => {
    const printed = vi.spyOn(console, 'error').mockReturnValue();
    const { app, chart } = appWithChart();
    reportWarning(chart, 'this may end badly');
    reportWarning(chart, 'this may end badly');
    reportWarning(app, 'so may that');
    expect(printed).not.toHaveBeenCalled();
    app.synth();
    app.synth();
    expect(printed.mock.calls).toEqual([
      ['warning: prod/stack: this may end badly'],
      ['warning: prod/app: so may that'],
    ]);
  });

  it('is not printed beside problems, which come first', () => {
    const printed = vi.spyOn(console, 'error').mockReturnValue();
    const { app, chart } = appWithChart();
    reportWarning(chart, 'this may end badly');
    reportFindings(chart, [{ code: 'core/test', message: 'this is wrong' }]);
    expect(() => app.synth()).toThrow('this is wrong');
    expect(printed).not.toHaveBeenCalled();
  });
});
