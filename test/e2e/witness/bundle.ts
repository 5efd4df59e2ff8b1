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
    // A client of Kafka is half as large as a ConfigMap may be.
    minify: true,
    keepNames: true,
    // Native and optional.
    external: ['@node-rs/crc32'],
    tsconfigRaw: { compilerOptions: { target: 'ES2022' } },
  });
  return outputFiles[0].text;
}
