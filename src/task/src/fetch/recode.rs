//! The files of ReCode's perturbed HumanEval, one random draw of each perturbation.

use super::entry::{Form, RemoteFile};

/// What the `recode` entry fetches: the two unperturbed sets and every perturbation with seed 0.
///
/// Families after ReCode's `config.json`; the nominal file is HumanEval itself.
pub(super) const RECODE_FILES: &[RemoteFile] = &[
    RemoteFile {
        path: "datasets/nominal/HumanEval.jsonl",
        name: "nominal_HumanEval.jsonl",
        form: Form::JsonLines,
        sha256: Some("1d49078ba3e2b196b9344535bef34a43021f038fad9561d6ee7c53450609a6a2"),
    },
    RemoteFile {
        path: "datasets/nominal/humaneval_partial.jsonl",
        name: "nominal_humaneval_partial.jsonl",
        form: Form::JsonLines,
        sha256: Some("5eb7a5f8c38e2d9e2c9f9fd73d12e1677fbaece9ae56297453f28c6b63913337"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/format/humaneval_tab_indent_s0.jsonl",
        name: "humaneval/humaneval_tab_indent_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("b097451713261f6e4e23f33675ffba5c5ab4ca81598ab7a0c3a1a6d429fe2601"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/format/humaneval_split_lines_s0.jsonl",
        name: "humaneval/humaneval_split_lines_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("25718605b2212e24da9a46a35e63369c65203c25d1a9157bf62a6c153e2c460f"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/format/humaneval_doc2comments_s0.jsonl",
        name: "humaneval/humaneval_doc2comments_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("c5307c4aee28b071b77f8278e32d43feaa063146c1396daed5ddaee15c6a268e"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/format/humaneval_new_lines_s0.jsonl",
        name: "humaneval/humaneval_new_lines_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("74de06568062f94e6e560a5d6435061b5b24d293474c2659126d6031f9c08962"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/format/humaneval_new_line_aftercode_s0.jsonl",
        name: "humaneval/humaneval_new_line_aftercode_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("426feec8e7a36aaaf20d49a79a1d6df3e8f2f3cc2d53c6def07006aae673288d"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/format/humaneval_new_line_afterdoc_s0.jsonl",
        name: "humaneval/humaneval_new_line_afterdoc_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("01cb0bab7b9a15fddd33e55737323ea095a5d8f7c43b9c6b3692dcb0413efbec"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/natgen/humaneval_DeadCodeInserter_s0.jsonl",
        name: "humaneval/humaneval_DeadCodeInserter_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("50324f9a5a73621c7457f16fe884e90f655ecd4455394badd0426c942ddcc75d"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/natgen/humaneval_DeadCodeInserterLast_s0.jsonl",
        name: "humaneval/humaneval_DeadCodeInserterLast_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("3e28dcef5788361467d585f5baa3244fbac33fab06670749fc4ccaa3f0fa0e1b"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/natgen/humaneval_ForWhileTransformer_s0.jsonl",
        name: "humaneval/humaneval_ForWhileTransformer_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("8a1b27bdc384fd11e8cac369a7d45b81dc2770b02008094005b1d9d3291accd1"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/natgen/humaneval_OperandSwap_s0.jsonl",
        name: "humaneval/humaneval_OperandSwap_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("c283c7271742c21836d96c9f72a9187b3a316f5dda47a098bbb1aed27fbac352"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/natgen/humaneval_VarRenamerCB_s0.jsonl",
        name: "humaneval/humaneval_VarRenamerCB_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("d312ff4922231e3ac8c95c357af37228bd3bdd8c9565ea8e2302fa66d0020dfa"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/natgen/humaneval_VarRenamerNaive_s0.jsonl",
        name: "humaneval/humaneval_VarRenamerNaive_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("ea58355c4c61a498e83b75f4365d640ebe42c5fb0676c416d07162b0b3f873b1"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/natgen/humaneval_VarRenamerRN_s0.jsonl",
        name: "humaneval/humaneval_VarRenamerRN_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("2234a9626f3c20db6045e9260e20e72267652b1439069daac4e47a8fa248abad"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/func_name/humaneval_FuncRenameCamelCase_s0.jsonl",
        name: "humaneval/humaneval_FuncRenameCamelCase_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("88f14c67dbb32ed666372d3d052eedc8c6b0f2aee82e36fc741190b61348c645"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/func_name/humaneval_FuncRenameButterFinger_s0.jsonl",
        name: "humaneval/humaneval_FuncRenameButterFinger_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("8b52b75b8169464c929b9c504ecd6cac5923b97cfe49b92300a5a8e6db354b6b"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/func_name/humaneval_FuncRenameSwapChar_s0.jsonl",
        name: "humaneval/humaneval_FuncRenameSwapChar_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("2cb6627cabda85cb341e75f03d01acaf071a8dd7dcc518960a4fc957da30530e"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/func_name/humaneval_FuncRenameChangeChar_s0.jsonl",
        name: "humaneval/humaneval_FuncRenameChangeChar_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("19514264138b22229d3795413e1de03579e95e4ac9e899933b3f539d8616213b"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/func_name/humaneval_FuncRenameInflectionalVariation_s0.jsonl",
        name: "humaneval/humaneval_FuncRenameInflectionalVariation_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("d73b7d8ffab5abc3c637592e13c11e5a9909767ccf46a22c97aa94943f1ac011"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/func_name/humaneval_FuncRenameSynonymSub_s0.jsonl",
        name: "humaneval/humaneval_FuncRenameSynonymSub_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("1d49078ba3e2b196b9344535bef34a43021f038fad9561d6ee7c53450609a6a2"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/nlaugmenter/humaneval_BackTranslation_s0.jsonl",
        name: "humaneval/humaneval_BackTranslation_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("3aedc51fd04afabe0ded257d021e6606639d7d5007849f21fa11c21c704a0086"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/nlaugmenter/humaneval_ButterFingersPerturbation_s0.jsonl",
        name: "humaneval/humaneval_ButterFingersPerturbation_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("7bed015f466055027ec29866a6d5920a44744f115e587c0710eb5f2fc780d3f9"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/nlaugmenter/humaneval_ChangeCharCase_s0.jsonl",
        name: "humaneval/humaneval_ChangeCharCase_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("5539ec5ae921ee3d3cfa03146e3076e5552d683bb078a799f9404baa4fdf8d96"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/nlaugmenter/humaneval_EnglishInflectionalVariation_s0.jsonl",
        name: "humaneval/humaneval_EnglishInflectionalVariation_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("c418f90fce4a03552de1c29d09c959963a548e9b32d4048647efa1c7e2a1d1fd"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/nlaugmenter/humaneval_SwapCharactersPerturbation_s0.jsonl",
        name: "humaneval/humaneval_SwapCharactersPerturbation_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("efada0157d3ad27d2a5e6e98024ac6d52417e4c458d505062f430b372e61b47f"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/nlaugmenter/humaneval_SynonymInsertion_s0.jsonl",
        name: "humaneval/humaneval_SynonymInsertion_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("2375e895c88c29e6929bc4f78fb5e2752f9d4932e47886c7d977bde4cc3ce0d3"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/nlaugmenter/humaneval_SynonymSubstitution_s0.jsonl",
        name: "humaneval/humaneval_SynonymSubstitution_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("d64127b8e5beb22dbbe895e62edc562063d84d26641b7d3625963b783d04c7b7"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/nlaugmenter/humaneval_TenseTransformationPast_s0.jsonl",
        name: "humaneval/humaneval_TenseTransformationPast_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("f223a150ba16da31069c203b8d39b83493bc37a70a5a633a3dd2e05a75aa21f1"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/nlaugmenter/humaneval_TenseTransformationFuture_s0.jsonl",
        name: "humaneval/humaneval_TenseTransformationFuture_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("299dfaf2e75d9414bd5922f4638c07761e8841641a97e3e2be04b3906b602935"),
    },
    RemoteFile {
        path: "dataset-release/perturbed_finalized/humaneval/full/nlaugmenter/humaneval_WhitespacePerturbation_s0.jsonl",
        name: "humaneval/humaneval_WhitespacePerturbation_s0.jsonl",
        form: Form::JsonLines,
        sha256: Some("5bfcbfe5ed1df31080bfee1ccb7272387d961bc6ecb2a7a9f6e839c025f2ab6f"),
    },
];
