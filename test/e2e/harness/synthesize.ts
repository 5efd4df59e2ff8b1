import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chart } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import { type EnvironmentProps, PlatformApp } from '../../../lib';
import type { Manifest } from './cluster';

/** What is true of the cluster that the suite runs on: the reference cluster, or kind. */
export const PLACE: EnvironmentProps & { readonly name: string } = {
  name: 'e2e',
  durability: 'development',
  storage: { standard: 'standard' },
};

/** Renders an app of one chart in `namespace` to YAML and reads it back, in the order of the file. */
export function synthesize(
  namespace: string,
  build: (chart: Chart) => void,
  place: Partial<EnvironmentProps> = {},
): Manifest[] {
  const outdir = mkdtempSync(join(tmpdir(), 'e2e-'));
  try {
    const app = new PlatformApp({ environment: { ...PLACE, ...place, name: PLACE.name }, outdir });
    build(new Chart(app, namespace, { namespace }));
    app.synth();
    const directory = join(outdir, PLACE.name);
    const files = readdirSync(directory).sort();
    return files.flatMap((file) =>
      parseAllDocuments(readFileSync(join(directory, file), 'utf8')).map(
        (document) => document.toJS() as Manifest,
      ),
    );
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
