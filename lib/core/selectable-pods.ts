import {
  type INetworkPolicyPeer,
  type IPodSelector,
  LabelSelector,
  type NetworkPolicyPeerConfig,
  type PodSelectorConfig,
} from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { SelectorLabels } from './names';

/** A construct whose pods the NetworkPolicies of cdk8s-plus can name. */
export abstract class SelectablePods extends Construct implements IPodSelector, INetworkPolicyPeer {
  /** Labels that select its pods; they never change. */
  abstract readonly selectorLabels: SelectorLabels;
  /** Namespace of its pods. */
  protected abstract readonly namespace: string;

  /** @see IPodSelector.toPodSelectorConfig */
  toPodSelectorConfig(): PodSelectorConfig {
    return {
      labelSelector: LabelSelector.of({ labels: this.selectorLabels }),
      namespaces: { names: [this.namespace] },
    };
  }

  /** @see INetworkPolicyPeer.toNetworkPolicyPeerConfig */
  toNetworkPolicyPeerConfig(): NetworkPolicyPeerConfig {
    return { podSelector: this.toPodSelectorConfig() };
  }

  /** @see INetworkPolicyPeer.toPodSelector */
  toPodSelector(): IPodSelector {
    return this;
  }
}
