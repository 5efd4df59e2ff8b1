import { describe, expect, it } from 'vitest';
import { parseEndpoints } from '../../lib/core/endpoint';

function parsed(...given: string[]) {
  const problems: string[] = [];
  const endpoints = parseEndpoints('endpoints', given, 'zk-1.example.com:2181', (problem) =>
    problems.push(problem),
  );
  return { endpoints: endpoints.map(({ host, port }) => [host, port]), problems };
}

describe('parseEndpoints', () => {
  it('takes names and addresses', () => {
    expect(parsed('zk-1.example.com:2181', '10.0.0.1:1', '[2001:db8::1]:65535')).toEqual({
      endpoints: [
        ['zk-1.example.com', 2181],
        ['10.0.0.1', 1],
        ['[2001:db8::1]', 65535],
      ],
      problems: [],
    });
  });

  it.each([
    'zk',
    'zk:',
    ':1',
    'zk:0',
    'zk:65536',
    'a b:1',
    'a,b:1',
    'zk:1/chroot',
    'https://zk:1',
    '::1:1',
    '',
  ])('reports "%s", and leaves it out', (text) => {
    expect(parsed(text, 'zk:1')).toEqual({
      endpoints: [['zk', 1]],
      problems: [
        `endpoints: "${text}" is not host:port; give a name or address and a port, such as zk-1.example.com:2181`,
      ],
    });
  });
});
