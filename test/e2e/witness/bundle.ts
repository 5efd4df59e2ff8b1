import { buildSync } from 'esbuild';

/** One file with everything that a program of the suite needs, for a ConfigMap. */
export function bundle(entry: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    tsconfigRaw: { compilerOptions: { target: 'ES2022' } },
  });
  return outputFiles[0].text;
}
