import { ApiObject, JsonPatch } from 'cdk8s';
import {
  type Deployment,
  type INetworkPolicyPeer,
  NetworkPolicy,
  NetworkPolicyIpBlock,
  NetworkPolicyPort,
  PodConnectionsIsolation,
} from 'cdk8s-plus-27';

/** Closes a deployment in both directions, but for name resolution and what it uses. */
export function closeNetwork(deployment: Deployment, uses: INetworkPolicyPeer): void {
  deployment.connections.isolate();
  deployment.connections.allowTo(uses, { isolation: PodConnectionsIsolation.POD });
  new NetworkPolicy(deployment, 'dns', {
    metadata: { name: `${deployment.name}-dns` },
    selector: deployment,
    egress: {
      rules: [
        {
          peer: NetworkPolicyIpBlock.anyIpv4(deployment, 'anywhere'),
          ports: [NetworkPolicyPort.udp(53), NetworkPolicyPort.tcp(53)],
        },
      ],
    },
  });
}

/** What cdk8s-plus-27 has no props for, and the Pod Security Standard "restricted" demands. */
export function restrict(deployment: Deployment): void {
  const pod = '/spec/template/spec';
  ApiObject.of(deployment).addJsonPatch(
    JsonPatch.add(`${pod}/securityContext/seccompProfile`, { type: 'RuntimeDefault' }),
    JsonPatch.add(`${pod}/containers/0/securityContext/capabilities`, { drop: ['ALL'] }),
    JsonPatch.add(`${pod}/enableServiceLinks`, false),
  );
}
