"""A GRU with a support vector machine in place of its softmax (Agarap, 2018): the features are read one by one."""

from __future__ import annotations

from p2n_schemas.plans import TrainingConfig

from . import torch_training as training
from .base import Blueprint, Helper, Method, MethodCode, Parameter, Parameters, Shape, Silence

GRU_SVM = Helper(
    "GRUSVM",
    '''\
class GRUSVM(nn.Module):
    """Reads a row's features one after the other; the last state gives a score for each class."""

    def __init__(self, cells, dropout, classes):
        super().__init__()
        self.cell = nn.GRU(1, cells, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(cells, classes)

    def forward(self, x):
        _, state = self.cell(x.unsqueeze(2))
        return self.output(self.dropout(state[0]))

    def loss(self, scores, targets, C):
        """Squared hinge, each class against all others, and the last layer's weights."""
        signs = 2 * nn.functional.one_hot(targets, scores.shape[1]) - 1
        hinge = torch.relu(1 - signs * scores).square().sum()
        return 0.5 * self.output.weight.square().sum() + C * hinge''',
    ("import torch", "from torch import nn"),
)


def write(plan: Blueprint) -> MethodCode:
    chosen, config = plan.parameters, plan.config
    source = "\n".join(
        [
            f"def {plan.function}(X_train, y_train, X_test, seed):",
            "    torch.manual_seed(seed)",
            f"    model = GRUSVM({chosen['cells']}, {chosen['dropout']}, {plan.classes})",
            "    train_network(",
            "        model,",
            f"        lambda scores, targets: model.loss(scores, targets, C={chosen['C']}),",
            f"        {training.optimizer(config)},",
            "        torch.tensor(X_train, dtype=torch.float32),",
            "        torch.tensor(y_train, dtype=torch.long),",
            f"        epochs={config.epochs or training.EPOCHS},",
            f"        batch_size={config.batch_size or training.BATCH},",
            "        seed=seed,",
            "    )",
            "    scores = network_scores(model, torch.tensor(X_test, dtype=torch.float32))",
            "    return scores.argmax(dim=1).numpy()",
        ]
    )
    return MethodCode(source, training.IMPORTS, (*training.HELPERS, GRU_SVM))


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    cells = int(parameters["cells"])
    work = shape.columns * 3 * cells * (cells + 1)
    steps = training.steps(config, shape.train_rows)
    rows = training.passes(config, shape.train_rows, shape.test_rows)
    return 0.1 + steps * (1.5e-3 + shape.columns * 2e-4) + rows * work * 2.5e-10


METHOD = Method(
    key="torch_gru_svm",
    title="GRU with a support vector machine in PyTorch",
    tasks=("classification",),
    names=(r"gru svm",),
    qualifiers=(r"(?:py ?)?torch", r"proposed"),
    parameters=(
        Parameter("cells", 128, "as in the paper that describes it", decisive=True),
        Parameter("C", 5.0, "as in the paper that describes it", decisive=True),
        Parameter("dropout", 0.0, "used only where it is stated"),
    ),
    write=write,
    seconds=seconds,
    gives=("labels",),
    gradient=True,
    always_gradient=True,
    untold=training.untold(),
    gradient_silence=(
        *training.SILENCE,
        Silence(
            "how a row of features becomes a sequence",
            "one feature a step, in the data's order",
            decisive=True,
        ),
    ),
    uses_distance=True,
    unsupported=("batch_normalization",),
    framework="PyTorch",
    requirements=training.REQUIREMENTS,
)
