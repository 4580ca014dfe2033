import { applied, draftOf } from '../planDraft';
import { PLAN } from './plans';

describe('a plan as a form', () => {
  it('leaves a plan that nobody changed as it is', () => {
    expect(applied(PLAN.body, draftOf(PLAN.body))).toEqual(PLAN.body);
  });

  it('changes what was typed, leaves out what is not to be run, and keeps the types of parameters', () => {
    const draft = draftOf(PLAN.body);
    draft.budget_minutes = '3';
    draft.test_fraction = '0.5';
    draft.experiments[0].parameters.k = '7';
    draft.experiments[1].kept = false;
    const body = applied(PLAN.body, draft);
    expect(body.policy.budget_minutes).toBe(3);
    expect(body.config.protocol.test_fraction).toBe(0.5);
    expect(body.experiments.map(({ id }) => id)).toEqual(['knn-1']);
    expect(body.experiments[0].model.parameters).toEqual({ k: 7, distance: 'euclidean' });
    expect(PLAN.body.policy.budget_minutes).toBe(10);
  });

  it('names the field that holds no number', () => {
    const draft = draftOf(PLAN.body);
    draft.experiments[1].epochs = 'ten';
    expect(() => applied(PLAN.body, draft)).toThrow(new RangeError('mlp-1.epochs'));
    const other = draftOf(PLAN.body);
    other.experiments[0].parameters.distance = 'euclidean';
    expect(() => applied(PLAN.body, other)).toThrow('knn-1.distance');
  });
});
