import { stewardName } from '../../steward/settings';
import { type Cluster, titled } from './cluster';
import { because } from './reasons';
import { under } from './report';
import { step } from './words';

const TEMPLATE = 'spec.template.';
const PROGRAM_HASH = 'cdk8s-stateful/program-hash';

/** What is told of by other rules: what the steward is told, what it logs in with, and its program. */
const ELSEWHERE = /env\[(SETTINGS|SUPER_\w+|CLIENT_\w+)\]|volumeMounts|volumes/;

/** A steward that restarts for something of its own. */
export function stewardPod(cluster: Cluster): void {
  const { name, report } = cluster;
  const change = report.change('Deployment', stewardName(name));
  if (!change?.before || !change.after) return;
  report.take(change, under('spec.template'));
  const reasons = change.fields
    .filter(({ path }) => path.startsWith(TEMPLATE) && !path.includes(PROGRAM_HASH) && !ELSEWHERE.test(path))
    .map(({ path, from, to }) => {
      const field = path
        .slice(TEMPLATE.length)
        .replace(/^(spec|metadata)\./, '')
        .replace(/^containers\[[^\]]*\]\./, '')
        .replace(/^resources\./, '');
      return `${field} ${step(from, to)}`;
    });
  if (reasons.length === 0) return;
  report.tell({
    verdict: 'applied-live',
    what: `the steward restarts, which interrupts nothing: ${because(reasons)}`,
    object: titled(cluster, 'Deployment', stewardName(name)),
    field: 'spec.template',
  });
}
