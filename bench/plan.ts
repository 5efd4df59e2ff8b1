// What a plan costs beyond reading its manifests:
//   npm run bench:plan [rounds]

import { plan } from '../lib/plan/plan';
import type { Manifest, Rendering } from '../lib/plan/types';
import * as objects from '../test/plan/objects';
import { patched } from '../test/plan/objects';
import { median } from './measure';

const OBJECTS = 1000;
const GOAL_MS = 300;
const rounds = Number(process.argv[2] ?? 21);

const KINDS: readonly Manifest[] = [
  objects.statefulSet,
  objects.deployment,
  objects.service,
  objects.headless,
  objects.configMap,
  objects.secret,
  objects.claim,
  objects.role,
  objects.budget,
  objects.networkPolicy,
];

/** As many applications in as many namespaces, whose pods read each other's ConfigMaps. */
function rendering(image: string, text: string): Rendering {
  return {
    objects: Array.from({ length: OBJECTS }, (_, at) => {
      const kind = KINDS[at % KINDS.length];
      const namespace = `shop-${Math.floor(at / KINDS.length / 4)}`;
      const name = `${kind.metadata.name}-${at}`;
      const container = {
        ...objects.container,
        image,
        envFrom: [{ configMapRef: { name: `settings-${at}`, optional: true } }],
      };
      const fields = kind.spec?.template ? { spec: { template: { spec: { containers: [container] } } } } : {};
      const data = kind.kind === 'ConfigMap' ? { data: { 'app.conf': text.repeat(100) } } : {};
      const note = { metadata: { name, namespace, annotations: { text } } };
      return { stack: `prod/${namespace}`, manifest: patched(kind, { ...note, ...fields, ...data }) };
    }),
  };
}

/** Milliseconds of CPU, which other work on the machine does not lengthen, of one plan, of objects that nobody has seen before, as in a process of its own. */
function once(make: () => readonly [Rendering, Rendering]): number {
  const [before, after] = make();
  const begin = process.cpuUsage();
  plan(before, after);
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000;
}

function row(what: string, make: () => readonly [Rendering, Rendering]): void {
  const cold = once(make);
  const warm = median(Array.from({ length: rounds }, () => once(make)));
  const met = cold <= GOAL_MS ? 'yes' : 'NO';
  console.log(
    `${what.padEnd(28)} first ${cold.toFixed(0)} ms, then ${warm.toFixed(0)} ms (goal ${GOAL_MS} ms: ${met})`,
  );
}

row(`${OBJECTS} against ${OBJECTS}, all different`, () => [
  rendering('nginx:1.27', 'a'),
  rendering('nginx:1.28', 'b'),
]);
row('all the same', () => [rendering('nginx:1.27', 'a'), rendering('nginx:1.27', 'a')]);
row('all new', () => [{ objects: [] }, rendering('nginx:1.27', 'a')]);
row('all gone', () => [rendering('nginx:1.27', 'a'), { objects: [] }]);
