import { describe } from 'vitest';
import { e2e, leaveNothingBehind } from './harness/case';
import * as proxied from './redis/proxy-cases';

leaveNothingBehind();

describe.concurrent('twemproxy', () => {
  e2e('twemproxy', 'scale-through', { minutes: 15 }, proxied.scaleThrough);
  e2e('twemproxy', 'roll-all', { core: true }, proxied.rollAll);
  e2e('twemproxy', 'delete-master', {}, proxied.deleteMaster);
});
