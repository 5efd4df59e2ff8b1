import { Chart } from 'cdk8s';
import { Deployment } from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import {
  type ClientAuthorityOptions,
  clientAuthority,
  serversAuthority,
} from '../../lib/core/client-authority';
import { Consumer } from '../../lib/core/consumer';
import { chartIn } from '../support/rendering';

const OWN = { secretName: 'etcd-tls', key: 'ca.crt' };
const MINE = { secretName: 'mine', key: 'root.pem' };
const ELSEWHERE =
  'ca: the authority\'s certificate is in the Secret etcd-tls of the namespace "data", and orders is in "shop"; give the Secret there that holds it, or \'system\' where the consumer trusts it already';

function consumerIn(namespace: string) {
  const shop = new Chart(chartIn().node.root, 'shop', { namespace });
  const app = new Deployment(shop, 'orders', { containers: [{ image: 'x' }] });
  return new Consumer(app, { system: 'etcd', name: 'etcd', namespace: 'data' });
}

/** The authority, and the problems. */
function authority(options: Partial<ClientAuthorityOptions>, namespace = 'data') {
  const problems: string[] = [];
  const report = (problem: string) => void problems.push(problem);
  const given = { own: OWN, clientAuthentication: false, report, ...options };
  return [clientAuthority(consumerIn(namespace), given), ...problems];
}

describe('clientAuthority', () => {
  it.each<[string, Partial<ClientAuthorityOptions>, object | undefined]>([
    ['that of the cluster', {}, OWN],
    ['what the client was given', { given: MINE }, MINE],
    ['none, where the system has it', { given: 'system', certificate: 'keys' }, undefined],
    [
      'that of its certificate',
      { clientAuthentication: true, certificate: 'keys' },
      { secretName: 'keys', key: 'ca.crt' },
    ],
  ])('is %s', (_, options, expected) => {
    expect(authority(options)).toEqual([expected]);
  });

  it('is reported beside a certificate, whose Secret has it', () => {
    expect(authority({ clientAuthentication: true, certificate: 'keys', given: MINE })).toEqual([
      { secretName: 'keys', key: 'ca.crt' },
      "ca: the Secret keys of the consumer's certificate has it as ca.crt; leave it out",
    ]);
  });

  it('is reported where the client cannot read it, once', () => {
    expect(authority({}, 'shop')).toEqual([OWN, ELSEWHERE]);
    expect(authority({ given: MINE }, 'shop')).toEqual([MINE]);
    // That its certificate cannot be had was reported.
    expect(authority({ clientAuthentication: true }, 'shop')).toEqual([OWN]);
  });
});

it('serversAuthority is for clients in the namespace of the cluster', () => {
  const problems: string[] = [];
  for (const namespace of ['data', 'shop'])
    expect(serversAuthority(consumerIn(namespace), OWN, (problem) => problems.push(problem))).toBe(OWN);
  expect(problems).toEqual([ELSEWHERE]);
});
