"""Blocks and networks of the papers in torch, weight-compatible with the published files."""

from manifold.nets.blocks.block import Block
from manifold.nets.blocks.catalogue import BLOCKS, BlockKind
from manifold.nets.blocks.dense import DenseBlock, DenseLayer, DenseStage, Transition
from manifold.nets.blocks.initialise import initialise, take_statistics
from manifold.nets.blocks.layers import Chain, ConvNorm, SqueezeExcite, stochastic_depth
from manifold.nets.blocks.residual import PlainPair, ReducedBranch, ResidualBasic, ResidualBottleneck
from manifold.nets.blocks.separable import DepthwiseSeparable, InvertedResidual, InvertedResidualV3, Sandglass
from manifold.nets.compression.dead import remove_dead
from manifold.nets.compression.errors import layer_errors
from manifold.nets.compression.prune import Pruned, prune
from manifold.nets.compression.quantise import Quantised, quantise
from manifold.nets.cost.formula import Cost, formula_cost
from manifold.nets.cost.graph import Graph, Operation, record
from manifold.nets.cost.measured import measure_cost
from manifold.nets.inference.folding import fold_norms
from manifold.nets.inference.split import SplitInvertedResidual, split_memory
from manifold.nets.networks.catalogue import NETWORKS, load_network
from manifold.nets.networks.classes import class_name
from manifold.nets.networks.densenet import DenseNet, densenet121, densenet169, densenet201, densenet_cifar
from manifold.nets.networks.images import prepare_image
from manifold.nets.networks.mobilenet import MobileNet, efficientnet_lite0, mobilenet_v2, mobilenet_v3_large, mobilenet_v3_small
from manifold.nets.networks.weights import load_weights
from manifold.nets.probing.block_recovery import (
    chosen_places,
    pass_kind,
    recover_arms,
    recover_block,
    recover_kind,
    shown_places,
)
from manifold.nets.probing.insertions import (
    REPAIRS,
    Damage,
    bottlenecks,
    fit_insertions,
    fit_repair,
    inserted,
    measure_damage,
    repaired_activation,
)
from manifold.nets.probing.norms import norms_before
from manifold.nets.probing.passage import block_paths
from manifold.nets.probing.probe import probe
from manifold.nets.probing.readouts import READOUTS, Reading, Signal
from manifold.nets.probing.report import Report
from manifold.nets.probing.trace import Trace, trace
from manifold.nets.probing.values import probe_values
from manifold.nets.training.autoencoder import Autoencoder, LearnedChart, learn_chart
from manifold.nets.training.data import IMAGE_SETS, LabelledImages, Split, split_images
from manifold.nets.training.exits import ExitNet, exit_net, leave
from manifold.nets.training.family import SmallNet, bottleneck_net, match_macs
from manifold.nets.training.lift import LiftTraining, train_lift
from manifold.nets.training.loop import Objective, Recipe, Training
from manifold.nets.training.own import read_images

__all__ = [
    "BLOCKS",
    "IMAGE_SETS",
    "NETWORKS",
    "READOUTS",
    "REPAIRS",
    "Autoencoder",
    "Block",
    "BlockKind",
    "Chain",
    "ConvNorm",
    "Cost",
    "Damage",
    "DenseBlock",
    "DenseLayer",
    "DenseNet",
    "DenseStage",
    "DepthwiseSeparable",
    "ExitNet",
    "Graph",
    "InvertedResidual",
    "InvertedResidualV3",
    "LabelledImages",
    "LearnedChart",
    "LiftTraining",
    "MobileNet",
    "Objective",
    "Operation",
    "PlainPair",
    "Pruned",
    "Quantised",
    "Reading",
    "Recipe",
    "ReducedBranch",
    "Report",
    "ResidualBasic",
    "ResidualBottleneck",
    "Sandglass",
    "Signal",
    "SmallNet",
    "Split",
    "SplitInvertedResidual",
    "SqueezeExcite",
    "Trace",
    "Training",
    "Transition",
    "block_paths",
    "bottleneck_net",
    "bottlenecks",
    "chosen_places",
    "class_name",
    "densenet121",
    "densenet169",
    "densenet201",
    "densenet_cifar",
    "efficientnet_lite0",
    "exit_net",
    "fit_insertions",
    "fit_repair",
    "fold_norms",
    "formula_cost",
    "initialise",
    "inserted",
    "layer_errors",
    "learn_chart",
    "leave",
    "load_network",
    "load_weights",
    "match_macs",
    "measure_cost",
    "measure_damage",
    "mobilenet_v2",
    "mobilenet_v3_large",
    "mobilenet_v3_small",
    "norms_before",
    "pass_kind",
    "prepare_image",
    "probe",
    "probe_values",
    "prune",
    "quantise",
    "read_images",
    "record",
    "recover_arms",
    "recover_block",
    "recover_kind",
    "remove_dead",
    "repaired_activation",
    "shown_places",
    "split_images",
    "split_memory",
    "stochastic_depth",
    "take_statistics",
    "trace",
    "train_lift",
]
