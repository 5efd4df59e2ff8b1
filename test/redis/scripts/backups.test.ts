import { withStandIn } from '../../support/backup-scripts';
import { describeScripts } from './scripts';

withStandIn(describeScripts);
