import type { Plan } from '../schemas';

/** A plan as the server sends one. */
export const PLAN: Plan = {
  id: 'pl_1',
  paper_id: 'p_1',
  version: 1,
  parent: null,
  planner: 'offline',
  author: null,
  created_at: '2026-01-01T00:00:00Z',
  env_hash: null,
  image_digest: null,
  python_version: null,
  notebook_sha256: null,
  notebook_edited: false,
  body: {
    version: '1.1',
    dataset: {
      name: 'wine',
      title: 'Wine',
      split: null,
      source: 'scikit-learn',
      licence: 'CC BY 4.0',
      subset: null,
      named_in_paper_as: 'Wine',
      uploaded: null
    },
    config: {
      framework: 'scikit-learn',
      seed: 0,
      protocol: {
        kind: 'holdout',
        test_fraction: 0.3,
        test_rows: null,
        folds: null,
        stratified: true
      },
      repeats: 20,
      preprocessing: ['standardize_train'],
      seed_stated: false,
      averaged_over: 1,
      positive_class: null
    },
    experiments: [
      {
        id: 'knn-1',
        model: {
          name: 'knn',
          variant: null,
          parameters: { k: 5, distance: 'euclidean' },
          named_in_paper_as: '5-NN',
          generated: null
        },
        config: {
          epochs: null,
          batch_size: null,
          learning_rate: null,
          optimizer: null,
          preprocessing: null,
          repeats: null
        },
        metrics: [
          {
            name: 'accuracy',
            split: 'test',
            claim_id: 'c_1',
            goal: 0.963,
            tolerance: 0.02,
            direction: 'maximize'
          }
        ],
        justifications: [],
        fidelity: 'exact',
        fidelity_reasons: [],
        estimated_seconds: 1
      },
      {
        id: 'mlp-1',
        model: {
          name: 'mlp',
          variant: null,
          parameters: {},
          named_in_paper_as: 'MLP',
          generated: null
        },
        config: {
          epochs: 10,
          batch_size: 32,
          learning_rate: 0.01,
          optimizer: 'adam',
          preprocessing: null,
          repeats: 3
        },
        metrics: [
          {
            name: 'accuracy',
            split: 'test',
            claim_id: 'c_2',
            goal: 0.9,
            tolerance: 0.02,
            direction: 'maximize'
          }
        ],
        justifications: [],
        fidelity: 'reduced',
        fidelity_reasons: ['fewer epochs'],
        estimated_seconds: 2
      }
    ],
    visualizations: [],
    explain: ['Two experiments.'],
    justifications: [{ subject: 'dataset', quote: { text: 'We use Wine.', page: 2, box: null } }],
    assumptions: [],
    unplanned: [],
    estimated_runtime_minutes: 0.1,
    license_compliant: true,
    policy: { budget_minutes: 10, max_retries: 0 }
  }
};
