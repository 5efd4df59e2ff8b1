import { expect, test } from 'vitest';
import type { ComparedPlan } from '../../lib/plan/plan-of';
import { planJson } from '../../lib/plan/render/json';
import { MARKER, planMarkdown } from '../../lib/plan/render/markdown';
import { planText } from '../../lib/plan/render/text';
import type { Effect, Verdict } from '../../lib/plan/types';

const effect = (verdict: Verdict, object: string, what: string, more: Partial<Effect> = {}): Effect => ({
  verdict,
  object,
  what,
  ...more,
});

const PLAN: ComparedPlan = {
  from: 'HEAD:dist',
  to: 'dist',
  subjects: [
    {
      stack: 'prod/coordination',
      name: 'zookeeper',
      system: 'zookeeper',
      effects: [
        effect(
          'data-lost',
          'StatefulSet coordination/zookeeper',
          'StatefulSet coordination/zookeeper: claim template "data" is renamed to "store", so that 5 volumes of 100Gi ' +
            'are left behind and the ensemble starts empty',
          { instead: 'keep the name', field: 'spec.volumeClaimTemplates', needsYes: true },
        ),
        effect('applied-live', 'ConfigMap coordination/a', 'ConfigMap coordination/a is created'),
        effect('applied-live', 'ConfigMap coordination/b', 'ConfigMap coordination/b is created'),
        effect('applied-live', 'Service coordination/c', 'Service coordination/c is created'),
      ],
    },
    {
      stack: 'prod/messaging',
      name: 'Deployment messaging/web',
      effects: [
        effect('outage', 'Deployment messaging/web', 'Deployment messaging/web: <all> pods | end', {
          needsYes: true,
        }),
        effect('nothing', 'Deployment messaging/web', 'labels of Deployment messaging/web change'),
      ],
    },
    {
      stack: 'prod/messaging',
      name: 'kafka',
      system: 'kafka',
      effects: [
        effect(
          'rolling-restart',
          'StatefulSet messaging/kafka',
          '6 brokers restart one by one: image 4.2.0 -> 4.2.1',
        ),
        effect(
          'rolling-restart',
          'StatefulSet messaging/other',
          '6 brokers restart one by one: image 4.2.0 -> 4.2.1',
        ),
      ],
    },
    {
      stack: 'prod/messaging',
      name: 'Service messaging/web',
      effects: [effect('nothing', 'Service messaging/web', 'labels of Service messaging/web change')],
    },
    {
      name: 'Namespace shop',
      effects: [effect('applied-live', 'Namespace shop', 'Namespace shop is created')],
    },
  ],
  unknown: ['Thing shop/a: spec.size 1 -> 2, and what that does is not known here'],
};
const EMPTY: ComparedPlan = { from: 'HEAD:dist', to: 'dist', subjects: [], unknown: [] };

test('text is for people', () => {
  expect(planText(PLAN)).toBe(`prod/coordination
  zookeeper  DATA LOST        StatefulSet coordination/zookeeper: claim template "data" is renamed to "store", so that 5
                              volumes of 100Gi are left behind and the ensemble starts empty (needs a yes)
                              instead: keep the name
             applied live     3 objects are created: ConfigMap a, b; Service c

prod/messaging
         OUTAGE           Deployment messaging/web: <all> pods | end (needs a yes)
         nothing          2 more changes, of labels and the like, do nothing to what runs
  kafka  rolling restart  6 brokers restart one by one: image 4.2.0 -> 4.2.1

in no stack
  applied live     Namespace shop is created

not known
  - Thing shop/a: spec.size 1 -> 2, and what that does is not known here

HEAD:dist -> dist: 1 loses data, 1 outage, 2 rolling restarts, 4 applied live, 1 needs a yes, 1 unknown
`);
});

test('nothing is said to be nothing', () => {
  expect(planText(EMPTY)).toBe('HEAD:dist -> dist: nothing happens\n');
  expect(planMarkdown(EMPTY)).toBe(
    `${MARKER}\n\n### Plan: nothing happens\n\nNothing here needs a decision.\n`,
  );
});

test('Markdown is for a comment: what is harmless is folded, and nothing breaks the table', () => {
  expect(planMarkdown(PLAN)).toBe(`<!-- cdk8s-stateful plan -->

### Plan: 1 loses data, 1 outage, 2 rolling restarts, 4 applied live, 1 needs a yes, 1 unknown

**Do not apply this as it is**: it loses data, or the API server refuses it.

| Stack | What | Verdict | What happens |
|---|---|---|---|
| prod/coordination | zookeeper | **DATA LOST** | StatefulSet coordination/zookeeper: claim template "data" is renamed to "store", so that 5 volumes of 100Gi are left behind and the ensemble starts empty<br>**needs a yes**<br>*instead:* keep the name |
| prod/messaging | Deployment messaging/web | **OUTAGE** | Deployment messaging/web: &lt;all> pods \\| end<br>**needs a yes** |
| prod/messaging | kafka | rolling restart | 6 brokers restart one by one: image 4.2.0 -> 4.2.1 |

<details><summary>4 without risk</summary>

| Stack | What | Verdict | What happens |
|---|---|---|---|
| prod/coordination | zookeeper | applied live | 3 objects are created: ConfigMap a, b; Service c |
|  | Namespace shop | applied live | Namespace shop is created |
| prod/messaging | Deployment messaging/web | nothing | labels of Deployment messaging/web change |
| prod/messaging | Service messaging/web | nothing | labels of Service messaging/web change |

</details>

<details><summary>1 not known</summary>

- Thing shop/a: spec.size 1 -> 2, and what that does is not known here

</details>
`);
});

test('a comment fits on GitHub, and says what does not', () => {
  const effects = Array.from({ length: 1000 }, (_, index) =>
    effect('refused', 'StatefulSet a/b', `${index} ${'is refused '.repeat(20)}`),
  );
  const text = planMarkdown({
    ...EMPTY,
    subjects: [{ name: 'StatefulSet a/b', effects }],
    unknown: ['something'],
  });
  expect(text.length).toBeLessThan(65_536);
  expect(text).toMatch(/\nand \d{3} more, which do not fit into a comment\n/);
  expect(text).toContain('1000 refused');
});

test('JSON is for machines', () => {
  expect(JSON.parse(planJson(PLAN))).toEqual({
    from: 'HEAD:dist',
    to: 'dist',
    exit: 2,
    summary: '1 loses data, 1 outage, 2 rolling restarts, 4 applied live, 1 needs a yes, 1 unknown',
    subjects: PLAN.subjects,
    unknown: PLAN.unknown,
  });
});
