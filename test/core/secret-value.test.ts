import { expect, it } from 'vitest';
import { secretValue } from '../../lib/core/secret-value';
import { chartIn, rendered } from '../support/rendering';

it('secretValue refers to a Secret as often as it is asked, and renders nothing', () => {
  const chart = chartIn();
  const values = ['username', 'password'].map((key) => secretValue(chart, 'login', key));
  expect(values.map(({ valueFrom }) => valueFrom)).toEqual([
    { secretKeyRef: { name: 'login', key: 'username' } },
    { secretKeyRef: { name: 'login', key: 'password' } },
  ]);
  expect(rendered(chart)).toEqual([]);
});
