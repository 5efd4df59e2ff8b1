import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { expect, it } from 'vitest';
import { withSidecars } from '../../lib/core/sidecar';
import { schemaProblems } from '../support/kubernetes-schema';
import { chartIn, podOf, rendered } from '../support/rendering';

it('makes sidecars of the containers that it names, and changes nothing else', () => {
  const containers = ['prepare', 'server'].map((name) => ({ name, image: 'x' }));
  const manifest = k8s.KubeCronJob.manifest({
    metadata: { name: 'job', labels: { a: 'b' } },
    spec: {
      schedule: '@daily',
      jobTemplate: {
        spec: {
          backoffLimit: 1,
          template: {
            metadata: { labels: { a: 'b' } },
            spec: { restartPolicy: 'Never', initContainers: containers, containers: [{ name: 'main' }] },
          },
        },
      },
    },
  });
  const chart = chartIn();
  new ApiObject(chart, 'before', manifest);
  new ApiObject(chart, 'after', withSidecars(manifest, ['server', 'main']));
  const [before, after] = rendered(chart);
  expect(podOf(after).spec.initContainers).toEqual([
    containers[0],
    { ...containers[1], restartPolicy: 'Always' },
  ]);
  delete podOf(after).spec.initContainers[1].restartPolicy;
  expect(after).toEqual(before);
  expect(schemaProblems(rendered(chart)[1])).toEqual([]);
});
