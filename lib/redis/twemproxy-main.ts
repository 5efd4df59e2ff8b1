import { inCluster, Kubernetes } from '../steward/kubernetes/client';
import { Lease } from '../steward/kubernetes/lease';
import { log, runRole } from '../steward/program';
import { Agent } from './twemproxy/agent';
import { configure, type TwemproxyRun } from './twemproxy/configure';
import { layoutHash } from './twemproxy/layout';
import { passwordIn } from './twemproxy/passwords';
import { proxyPods } from './twemproxy/reshard/proxy-pods';
import { runReshard } from './twemproxy/reshard/run-reshard';
import { serveAgent } from './twemproxy/serve-agent';
import { leaseName, TWEMPROXY_PATHS, TWEMPROXY_PORTS } from './twemproxy/settings';
import { connect } from './wire/redis-client';

const paths = TWEMPROXY_PATHS;

const theRun = (): TwemproxyRun => ({
  settings: JSON.parse(process.env.SETTINGS ?? ''),
  paths,
  connect,
  log,
});

runRole('redis-twemproxy.js', {
  configure: () => configure(theRun(), process.env.POOL ?? ''),
  agent: async () => {
    const run = theRun();
    const { clients, stats, metrics } = TWEMPROXY_PORTS;
    const agent = new Agent(run, { host: '127.0.0.1', clients, stats, podIp: process.env.POD_IP ?? '' });
    await serveAgent(agent, run.settings.name, metrics);
    await agent.watch(new AbortController().signal);
  },
  reshard: async () => {
    const { settings } = theRun();
    const { namespace, selector, user } = settings;
    const kubernetes = new Kubernetes(inCluster());
    const lease = new Lease(kubernetes, {
      namespace,
      name: leaseName(settings.name),
      identity: process.env.POD_NAME ?? '',
    });
    await runReshard(
      {
        settings,
        connect,
        login: { username: user, password: passwordIn(paths.agent) },
        pods: proxyPods(kubernetes, { namespace, selector }, layoutHash(settings.layout)),
        log,
      },
      lease,
    );
  },
});
