import * as access from '../../../lib/kafka/wire/messages/access';
import * as cluster from '../../../lib/kafka/wire/messages/cluster';
import * as configs from '../../../lib/kafka/wire/messages/configs';
import * as groups from '../../../lib/kafka/wire/messages/groups';
import * as session from '../../../lib/kafka/wire/messages/session';
import * as topics from '../../../lib/kafka/wire/messages/topics';
import type { Api } from '../../../lib/kafka/wire/schema';

/** All messages of the client. */
export const MESSAGES: readonly Api[] = [session, cluster, configs, topics, access, groups].flatMap(
  (module) => Object.values(module) as Api[],
);
