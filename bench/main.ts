// Ratios, so that they mean the same on any machine: what is compared runs in turn within one run of this program.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, measure, type Times } from './measure';
import { type Row, table } from './report';

const root = join(__dirname, '..');
const build = join(root, 'build', 'bench');
const rounds = Number(process.argv[2] ?? 9);
const programs = join(root, 'bench', 'programs');
const objectsFile = (clusters: number) => join(build, `objects-${clusters}.json`);

const quiet = { CDK8S_CHECK_UPGRADE: 'false', npm_config_loglevel: 'silent' };
const synth = (name: string, ...options: string[]): Command => ({
  name,
  argv: ['npm', 'run', '--silent', 'synth', '--', '--output', join(build, 'synth'), ...options],
  cwd: root,
  env: quiet,
});
const node = (name: string, program: string, ...options: string[]): Command => ({
  name,
  argv: [process.execPath, join(programs, program), ...options],
  env: { CDK8S_OUTDIR: join(build, 'out') },
});
const clusters = (count: number, ...options: string[]) =>
  node(
    `${count} clusters${options.length > 0 ? ', a chart each' : ''}`,
    'clusters.js',
    String(count),
    ...options,
  );
const bare = (count: number) => node(`${count} bare`, 'bare.js', objectsFile(count));

function prepare(): void {
  rmSync(build, { recursive: true, force: true });
  mkdirSync(build, { recursive: true });
  const compiler = require.resolve('typescript/bin/tsc');
  const compiled = spawnSync(
    process.execPath,
    [compiler, '-p', 'tsconfig.build.json', '--outDir', join(build, 'package')],
    { cwd: root, encoding: 'utf8' },
  );
  if (compiled.status !== 0) throw new Error(`the package does not compile:\n${compiled.stdout}`);
  for (const count of [5, 55]) {
    const command = node('objects', 'clusters.js', String(count), '--objects', objectsFile(count));
    spawnSync(command.argv[0], command.argv.slice(1), {
      env: { ...process.env, ...command.env },
      stdio: 'inherit',
    });
  }
}

const objectsIn = (count: number): number =>
  (JSON.parse(readFileSync(objectsFile(count), 'utf8')) as unknown[]).length;

function slope(times: Map<string, Times>, small: string, large: string, steps: number): Times {
  const [from, to] = [times.get(small) as Times, times.get(large) as Times];
  return { wall: (to.wall - from.wall) / steps, cpu: (to.cpu - from.cpu) / steps };
}

function main(): void {
  prepare();
  const rows: Row[] = [];

  const cli = measure(
    [synth('ours'), synth('empty', '--app', `${process.execPath} bench/programs/empty.js`)],
    rounds,
  );
  rows.push({
    what: '(a) synth of all environments / of an empty app',
    measured: cli.get('ours') as Times,
    floor: cli.get('empty') as Times,
    goal: 1.3,
  });

  const apps = measure([clusters(5), bare(5), clusters(55), bare(55)], rounds);
  rows.push({
    what: `(b) compiled app / bare ApiObjects, ${objectsIn(5)} objects`,
    measured: apps.get('5 clusters') as Times,
    floor: apps.get('5 bare') as Times,
    goal: 1.4,
  });

  const more = objectsIn(55) - objectsIn(5);
  const each = slope(apps, '5 clusters', '55 clusters', more);
  rows.push({
    what: '(c) each further object / each bare one',
    measured: each,
    floor: slope(apps, '5 bare', '55 bare', more),
    most: 0.0007,
  });

  for (const layout of [[], ['charts']]) {
    const sizes = [10, 100, 1000].map((count) => clusters(count, ...layout));
    const growth = measure(sizes, Math.ceil(rounds / 3));
    const [few, some, many] = sizes.map(({ name }) => name);
    rows.push({
      what: `(d) cluster 101 to 1000 / 11 to 100, ${layout.length > 0 ? 'a chart each' : 'one chart'}`,
      measured: slope(growth, some, many, 900),
      floor: slope(growth, few, some, 90),
      // cdk8s resolves the dependencies of the whole app once for each chart, whatever is in it.
      goal: layout.length > 0 ? undefined : 1.2,
    });
  }

  const text = table(rows, rounds);
  writeFileSync(join(root, 'build', 'bench.md'), text);
  console.log(text);
}

main();
