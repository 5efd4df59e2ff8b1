import { k8s } from 'cdk8s-plus-27';
import { expect, it } from 'vitest';
import { scratchVolume, withScratch } from '../../lib/core/ephemeral-storage';
import { helperResources } from '../../lib/core/programs';

const quantity = (text: string) => k8s.Quantity.fromString(text);

it('scratchVolume is limited to whole mebibytes', () => {
  expect(scratchVolume('backup', 1.5 * 1024 ** 2)).toEqual({
    name: 'backup',
    emptyDir: { sizeLimit: quantity('2Mi') },
  });
});

it('withScratch requests room on the node, where any is needed', () => {
  const resources = helperResources();
  expect(withScratch(resources, 64 * 1024 ** 2)).toEqual({
    requests: { ...resources.requests, 'ephemeral-storage': quantity('64Mi') },
    limits: resources.limits,
  });
  expect(withScratch(resources, 0)).toEqual(resources);
});
