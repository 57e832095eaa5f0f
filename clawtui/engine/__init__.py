"""The engine: who follows the hosts, judges them and carries out what the operator asks for."""
